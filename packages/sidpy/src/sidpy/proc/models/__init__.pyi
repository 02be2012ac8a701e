from .functions import FunctionModel as FunctionModel
from .functions import from_function as from_function
from .model import Model as Model
