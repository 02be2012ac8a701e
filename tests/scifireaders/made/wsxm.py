"""WSxM images, curves, spectroscopy images and movies."""

from __future__ import annotations

import numpy as np

TYPES = {"<i2": "short", "<f4": "simple", "<f8": "double"}


def header(kind, sections, *, first="WSxM file copyright UAM\r\n", size=None):
    """Return a header that knows its own length, or says `size`."""
    lines = []
    for name, values in sections.items():
        lines += [f"[{name}]", "", *(f"    {k}: {v}" for k, v in values.items()), ""]
    body = "\r\n".join([*lines, "[Header end]", ""])
    head = f"{first}{kind}\r\nImage header size: %05d\r\n\r\n"
    length = len((head % 0 + body).encode("latin-1")) if size is None else size
    return (head % length + body).encode("latin-1")


def write_image(path, image, *, channel="Topography", control=(), general=(), **sections):
    """Write an image [row, column], or a movie [frame, row, column]."""
    image = np.asarray(image)
    kind = image.dtype.newbyteorder("<").str
    values = {
        "Acquisition channel": channel,
        "Image Data Type": TYPES[kind],
        "Number of columns": image.shape[-1],
        "Number of rows": image.shape[-2],
        "Z Amplitude": "30 nm",
        **({"Number of Frames": len(image)} if image.ndim == 3 else {}),
        **dict(general),
    }
    sizes = {"X Amplitude": "14 \xb5m", "Y Amplitude": "5 \xb5m", **dict(control)}
    head = header("SxM Image file", {"Control": sizes, "General Info": values, **sections})
    path.write_bytes(head + np.ascontiguousarray(image[..., ::-1, ::-1], kind).tobytes())
    return path


def curve(lines, *, kind="FZ curve file", first="", text=False, **values):
    """Return a curve of lines (x, y)."""
    general = {
        "Number of lines": len(lines),
        "Number of points": len(lines[0][0]),
        "X axis text": "Z [#x]",
        "X axis unit": "nm",
        "Y axis text": "Normal force [#y]",
        "Y axis unit": "V",
        **values,
    }
    points = {f"Number of Points {i:04d}": len(x) for i, (x, _) in enumerate(lines)}
    head = header(kind, {"General Info": general, "Number of Points": points}, first=first)
    if text:
        rows = zip(*(column for line in lines for column in line), strict=True)
        return head + "".join(" ".join(map(str, row)) + "\r\n" for row in rows).encode()
    return head + b"".join(np.stack(line, axis=1).astype("<f8").tobytes() for line in lines)


def write_gsi(path, topography, spectra, ramp, *, kind="<f8", **general):
    """Write the topography and spectra [row, column, point]."""
    rows, columns, points = spectra.shape
    values = {
        "Image Data Type": TYPES[kind],
        "Number of columns": columns,
        "Number of points per ramp": points,
        "Number of rows": rows,
        "Spectroscopy Amplitude": "1 nA",
        "Spectroscopy channel": "Current",
        "Z Amplitude": "1 nm",
        **general,
    }
    images = {f"Image {i:03d}": value for i, value in enumerate(ramp)}
    sections = {
        "Control": {"X Amplitude": "8 nm", "Y Amplitude": "3 nm"},
        "General Info": values,
        "Spectroscopy images ramp value list": images,
    }
    planes = [topography, *np.moveaxis(spectra, 2, 0)]
    body = b"".join(np.asarray(plane)[::-1, ::-1].astype(kind).tobytes() for plane in planes)
    path.write_bytes(header("SxM Image file", sections) + body)
    return path


IMAGE = np.arange(35).reshape(5, 7) ** 2
LINES = [(np.arange(4.0), np.arange(4.0) ** 2), (np.arange(4.0), np.arange(4.0) + 9)]
SPECTRA = np.arange(60.0).reshape(3, 4, 5)


def _made(folder):
    image = write_image(folder / "force_0001.f.curves", IMAGE.astype("f8"))
    image.write_bytes(image.read_bytes() + curve(LINES) + curve(LINES))
    text = folder / "one.cur"
    text.write_bytes(curve(LINES, text=True, first="WSxM file copyright UAM\r\n"))
    return [
        write_image(folder / "short.stp", IMAGE.astype("i2")),
        write_image(folder / "movie.mpp", np.stack([IMAGE, IMAGE + 5]).astype("f4")),
        write_gsi(folder / "map.gsi", SPECTRA[..., 0], SPECTRA, ["1 V"] * 5),
        image,
        text,
    ]


MADE = {"SciFiReaders.wsxm": _made}
