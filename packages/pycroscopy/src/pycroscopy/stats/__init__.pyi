from . import atom_stats as atom_stats
from . import atom_stats_n as atom_stats_n
from . import tree as tree
from .atom_stats import LocalCrystallography as LocalCrystallography
from .atom_stats_n import LocalCrystallography_n as LocalCrystallography_n
from .tree import ClusterTree as ClusterTree
from .tree import Node as Node
