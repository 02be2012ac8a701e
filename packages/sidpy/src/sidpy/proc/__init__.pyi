from . import fit as fit
from . import progress as progress
