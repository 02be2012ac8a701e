"""What Acme users do with their scans; each result knows how it was made."""

from __future__ import annotations

import numpy as np

import sidpy


@sidpy.operation
def flatten(scan, *, degree=1):
    """Subtract a polynomial from every row of a scan.

    Parameters
    ----------
    scan : sidpy.Dataset of shape (rows, columns)
        A scan.
    degree : int
        Of the polynomial.

    Returns
    -------
    dict of str to sidpy.Dataset
        ``"flat"``, and ``"background"``, which was subtracted.
    """
    across = np.arange(scan.shape[1])
    rows = np.asarray(scan.compute(), np.float64)
    fitted = np.polynomial.polynomial.polyfit(across, rows.T, degree)
    background = np.polynomial.polynomial.polyval(across, fitted)
    return {
        "flat": scan.like_data(rows - background, title=f"{scan.title} flattened"),
        "background": scan.like_data(background, title=f"{scan.title} background"),
    }
