from . import diffraction as diffraction
from . import fft as fft
from . import fit as fit
from . import image as image
from . import learn as learn
from . import simulate as simulate
from . import spectroscopy as spectroscopy
from . import stats as stats
