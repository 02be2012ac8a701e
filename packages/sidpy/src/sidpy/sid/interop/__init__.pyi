from .exchange import Exchange as Exchange
from .hyperspy import convert_hyperspy as convert_hyperspy
from .hyperspy import from_hyperspy as from_hyperspy
from .xarray import from_xarray as from_xarray
