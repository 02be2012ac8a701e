"""What the parts of a dataset's class may ask of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np

    from .dimension import Dimension
    from .labels import Labels
    from .provenance import Provenance

__all__ = ["Labelled"]


class Labelled:
    """The common ground of the mixins that `Dataset` is made of."""

    __slots__ = ()

    if TYPE_CHECKING:
        title: str
        name: str
        ndim: int
        shape: tuple[int, ...]
        dtype: np.dtype[Any]

        @classmethod
        def _wrap(cls, array: Any, labels: Labels) -> Self: ...
        @property
        def _axes(self) -> dict[int, Dimension]: ...
        @property
        def labels_record(self) -> Labels: ...

        def labelled(
            self,
            array: Any,
            labels: Labels | None,
            function: str,
            *,
            inputs: Iterable[Any] = (),
            parameters: Mapping[str, Any] | None = None,
        ) -> Any: ...

        def __getitem__(self, index: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...
        def __abs__(self) -> Any: ...
        @property
        def provenance_record(self) -> Provenance: ...
        def _put(self, **changes: Any) -> None: ...
        def _thawed(self, name: str) -> Any: ...
