from . import constraints as constraints
from . import derivatives as derivatives
from . import fit as fit
from . import guess as guess
from . import losses as losses
from . import models as models
from . import multistart as multistart
from . import progress as progress
