from .batch import Done as Done
from .batch import run_batch as run_batch
from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .recipe import Recipe as Recipe
from .recipe import RecipeInput as RecipeInput
from .recipe import RecipeStep as RecipeStep
from .verdict import Verdict as Verdict
