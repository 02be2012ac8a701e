from . import comp_utils as comp_utils
from . import process as process
from .comp_utils import get_available_memory as get_available_memory
from .comp_utils import get_MPI as get_MPI
from .comp_utils import group_ranks_by_socket as group_ranks_by_socket
from .comp_utils import parallel_compute as parallel_compute
from .comp_utils import recommend_cpu_cores as recommend_cpu_cores
from .process import Process as Process
