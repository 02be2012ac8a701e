from . import comp_utils as comp_utils
from . import fit as fit
from . import fitter as fitter
from . import fitter_refactor as fitter_refactor
from . import mcp_server_beps as mcp_server_beps
from . import parallel as parallel
from . import progress as progress
