from . import fft as fft
from . import image as image
from . import learn as learn
from . import stats as stats
