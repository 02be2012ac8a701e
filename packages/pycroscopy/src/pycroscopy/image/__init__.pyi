from . import image_atoms as image_atoms
from . import image_clean as image_clean
from . import image_fft as image_fft
from . import image_utilities as image_utilities
from .atoms import locate_atoms as locate_atoms
from .atoms import refine_atoms as refine_atoms
from .cropping import crop_image as crop_image
from .deconvolution import richardson_lucy as richardson_lucy
from .diffractograms import adaptive_fourier_filter as adaptive_fourier_filter
from .diffractograms import diffractogram_spots as diffractogram_spots
from .diffractograms import (
    rotational_symmetry_diffractogram as rotational_symmetry_diffractogram,
)
from .flattening import flatten_image as flatten_image
from .fourier import power_spectral_density as power_spectral_density
from .fourier import power_spectrum as power_spectrum
from .fourier import radial_spectrum as radial_spectrum
from .image_atoms import atom_refine as atom_refine
from .image_atoms import find_atoms as find_atoms
from .image_clean import clean_svd as clean_svd
from .image_clean import decon_lr as decon_lr
from .inpainting import inpaint as inpaint
from .inpainting import inpaint_image as inpaint_image
from .levelling import level_facets as level_facets
from .levelling import level_lines as level_lines
from .levelling import level_plane as level_plane
from .patches import denoise_patches as denoise_patches
from .positions import AtomPositions as AtomPositions
from .positions import select_atoms as select_atoms
from .refinement import PeakStatus as PeakStatus
