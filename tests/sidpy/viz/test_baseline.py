"""Pictures look as they did when somebody looked at them.

``python tests/sidpy/viz/render.py`` stores them anew; see there for what is compared.
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

_SPEC = spec_from_file_location("sidpy_viz_render", Path(__file__).parent / "render.py")
render = module_from_spec(_SPEC)
_SPEC.loader.exec_module(render)

#: Of 255; words and layout are taken away, so that only smoothing differs: 28 from 3.8 to 3.11.
TOLERANCE = 32


@pytest.mark.parametrize("name", render.PICTURES)
def test_a_picture_is_as_it_was_looked_at(name, make, recipes, tmp_path):
    pixels = render.rendered(render.draw(name, make, recipes))
    change = render.difference(pixels, render.stored(name))
    if change > TOLERANCE:
        render.imsave(tmp_path / render.file_name(name), pixels)

    assert change <= TOLERANCE, f"look at {tmp_path / render.file_name(name)}"


def test_every_stored_image_is_compared():
    names = {path.name for path in render.BASELINE.glob("*.png")}

    assert names == {render.file_name(name) for name in render.PICTURES}


def test_the_comparison_sees_what_matters_and_not_more():
    plain = np.full((60, 60, 3), 255, dtype=np.uint8)
    line, shifted, moved = plain.copy(), plain.copy(), plain.copy()
    line[30] = shifted[31] = moved[44] = 0

    assert render.difference(line, shifted) <= TOLERANCE
    assert render.difference(line, moved) > TOLERANCE
    assert render.difference(plain, plain[:30]) == np.inf
