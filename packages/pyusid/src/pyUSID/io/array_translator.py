"""From arrays in memory to a whole file: one measurement, one channel, one main dataset.

Everything is checked before a file is touched, and the file appears when it is complete: an
old one of that name stays as it was until then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.string_utils import validate_single_string_arg
from sidpy.hdf.attrs import put_texts, write_simple_attrs
from sidpy.hdf.transactions import transaction
from sidpy.sid.translator import Translator

from .ancillary import ancillary_prefix, validate_dims_against_main, validate_main_dset
from .dimension import validate_dimensions  # noqa: F401 - imported from here by applications
from .results import create_indexed_group
from .writing import put_data, write_book_keeping_attrs, write_main_dataset

if TYPE_CHECKING:
    from .dimension import Dimension

__all__ = ["ArrayTranslator"]

#: The name of the main dataset in its channel.
MAIN = "Raw_Data"


class ArrayTranslator(Translator):
    """Write arrays that were read by any means into a file of the universal model.

    Parameters
    ----------
    *args, **kwargs
        Ignored; subclasses may pass their own.

    See Also
    --------
    pyUSID.hdf_utils.write_main_dataset : adds a dataset to an open file.
    sidpy.write : writes a `sidpy.Dataset`, which has its axes with it.

    Examples
    --------
    >>> import numpy as np, pyUSID
    >>> x, bias = pyUSID.Dimension("X", "nm", 3), pyUSID.Dimension("Bias", "V", [-1, 1])
    >>> pyUSID.ArrayTranslator().translate(
    ...     "line.h5", "IV", np.ones((3, 2)), "Current", "nA", x, bias, parm_dict={"gain": 1e9}
    ... )
    'line.h5'
    """

    # the warning of sidpy.Translator is for those who derive from that, not for users of this
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a translator, which has no state."""

    def translate(  # noqa: PLR0913, PLR0917 - released signature
        self,
        h5_path: str | PathLike[str],
        data_name: str,
        raw_data: Any,
        quantity: str,
        units: str,
        pos_dims: Dimension | Sequence[Dimension],
        spec_dims: Dimension | Sequence[Dimension],
        translator_name: str = "ArrayTranslator",
        parm_dict: Mapping[str, Any] | None = None,
        extra_dsets: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Write data with the dimensions that explain them, parameters and more arrays.

        Parameters
        ----------
        h5_path : str or path-like
            The file; an existing one is replaced.
        data_name : str
            What kind of data it is: the attribute ``data_type`` of the file.
        raw_data : ndarray or dask array of shape (N, P)
            The data; lazy data are written block by block.
        quantity, units : str
            What was measured, in which units.
        pos_dims, spec_dims : Dimension or sequence of Dimension
            Dimensions of rows and columns, fastest varying first.
        translator_name : str
            Who translates: the attribute ``translator`` of the file.
        parm_dict : dict, optional
            Parameters of the measurement, attributes of ``Measurement_000``.
        extra_dsets : dict, optional
            Name to list, tuple, ndarray or dask array: more datasets beside the data.
        **kwargs
            For `write_main_dataset`: ``slow_to_fast``, ``compression``, ...

        Returns
        -------
        str
            `h5_path`, without blanks around it.

        Raises
        ------
        TypeError
            When an argument is of the wrong type.
        ValueError
            When the data are not 2-D, the dimensions do not match them, or a text is blank.
        KeyError
            When the name of an extra dataset is that of the data or of an ancillary dataset.
        FileNotFoundError
            When there is no such folder.

        Notes
        -----
        When anything goes wrong the folder is left as it was.
        """
        given = {"h5_path": _text_of(h5_path), "data_name": data_name, "quantity": quantity,
                 "units": units, "translator_name": translator_name}  # fmt: skip
        texts = {name: validate_single_string_arg(text, name) for name, text in given.items()}
        validate_main_dset(raw_data, must_be_h5=False)
        validate_dims_against_main(raw_data.shape, pos_dims, is_spectroscopic=False)
        validate_dims_against_main(raw_data.shape, spec_dims, is_spectroscopic=True)
        parameters = _mapping(parm_dict, "parm_dict")
        extras = _extras(_mapping(extra_dsets, "extra_dsets"), kwargs)
        with transaction(texts["h5_path"], "w") as file:
            put_texts(
                file, {"data_type": texts["data_name"], "translator": texts["translator_name"]}
            )
            write_book_keeping_attrs(file)
            measurement = create_indexed_group(file, "Measurement")
            write_simple_attrs(measurement, parameters)
            channel = create_indexed_group(measurement, "Channel")
            write_main_dataset(
                channel, raw_data, MAIN, quantity, units, pos_dims, spec_dims, **kwargs
            )
            for name, values in extras.items():
                put_data(channel, name, values)
        return texts["h5_path"]


def _text_of(path: object) -> object:
    return fspath(path) if isinstance(path, PathLike) else path


def _mapping(given: Any, name: str) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        msg = f"{name} should be a dictionary, not {type(given).__name__}"
        raise TypeError(msg)
    return given


def _extras(given: Mapping[Any, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return arrays by the names that they will have, once all of both are known to be sound."""
    taken = {MAIN}
    for side, option in (("Position", "aux_pos_prefix"), ("Spectroscopic", "aux_spec_prefix")):
        prefix = ancillary_prefix(options.get(option, side))
        taken |= {prefix + "Indices", prefix + "Values"}
    extras: dict[str, Any] = {}
    for key, values in given.items():
        name = validate_single_string_arg(key, "a key of extra_dsets")
        if name in taken or name in extras:
            msg = f"extra_dsets cannot have {name!r}: there is or will be a dataset of that name"
            raise KeyError(msg)
        extras[name] = _array(name, values)
    return extras


def _array(name: str, values: Any) -> Any:
    import h5py
    from dask.array import Array

    if not isinstance(values, list | tuple | np.ndarray | Array):
        msg = (
            f"extra_dsets[{name!r}] should be a list, tuple, NumPy or dask array, "
            f"not {type(values).__name__}"
        )
        raise TypeError(msg)
    if isinstance(values, Array):
        return values
    array = np.asarray(values)
    return array.astype(h5py.string_dtype()) if array.dtype.kind == "U" else array


#: The name of the class in files from before 2021.
NumpyTranslator = ArrayTranslator
