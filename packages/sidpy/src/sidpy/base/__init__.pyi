from . import addresses as addresses
from . import dict_utils as dict_utils
from . import num_utils as num_utils
from . import string_utils as string_utils
from . import units as units
