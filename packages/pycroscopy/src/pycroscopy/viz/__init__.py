"""Pictures of results, views that answer to the mouse, and dashboards for notebooks.

Each result also has a method ``plot``, which draws with the functions here.  Importing this
package loads no matplotlib: that comes with the first picture.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
