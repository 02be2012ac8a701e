"""Pictures of datasets: every dataset has one, whatever its shape and type.

`plot` chooses the view from the data type *and* from the axes that are really there, so
that a reduced or sliced dataset is drawn as what it has become.  Matplotlib is imported
when the first picture is drawn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
