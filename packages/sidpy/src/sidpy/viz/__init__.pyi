from . import plot_utils as plot_utils
from . import views as views
from .dispatch import make_view as make_view
from .dispatch import plot as plot
from .dispatch import plot_dataset as plot_dataset
from .layout import Layout as Layout
from .layout import arrange as arrange
from .views.gallery import plot_gallery as plot_gallery
