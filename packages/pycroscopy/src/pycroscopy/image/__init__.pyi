from .atoms import locate_atoms as locate_atoms
from .atoms import refine_atoms as refine_atoms
from .image_atoms import atom_refine as atom_refine
from .image_atoms import find_atoms as find_atoms
from .positions import AtomPositions as AtomPositions
from .positions import select_atoms as select_atoms
from .refinement import PeakStatus as PeakStatus
