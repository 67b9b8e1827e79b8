"""The colours in which PET is shown: DICOM's standard palettes, as 256 colours each."""

from functools import lru_cache

import numpy as np
import pydicom
from pydicom.data import get_palette_files

#: Names of the palettes that DICOM defines (PS3.6, annex B), and the files pydicom carries.
PALETTES = {
    "PET": "pet.dcm",
    "hot iron": "hotiron.dcm",
    "hot metal blue": "hotmetalblue.dcm",
    "PET 20 step": "pet20step.dcm",
}


@lru_cache
def palette(name: str) -> np.ndarray:
    """Return one of DICOM's palettes.

    Parameters
    ----------
    name : str
        A key of `PALETTES`.

    Returns
    -------
    ndarray of uint8, shape (256, 3)
        Red, green and blue from the lowest value to the highest; read only.

    Raises
    ------
    KeyError
        If there is no such palette; the message lists them.

    Examples
    --------
    >>> palette("hot iron")[[0, 128, 255]].tolist()
    [[0, 0, 0], [255, 0, 0], [255, 255, 255]]
    """
    if name not in PALETTES:
        raise KeyError(f"no palette {name!r}; there are: {', '.join(PALETTES)}")
    header = pydicom.dcmread(get_palette_files(PALETTES[name])[0])
    channels = [header[f"{c}PaletteColorLookupTableData"].value for c in ("Red", "Green", "Blue")]
    table = np.stack([np.frombuffer(channel, np.uint8) for channel in channels], axis=1)
    table.setflags(write=False)
    return table


def colour(pixels: np.ndarray, name: str, limits: tuple[float, float]) -> np.ndarray:
    """Paint an image in one of the palettes.

    Parameters
    ----------
    pixels : array_like, shape (row, column)
    name : str
        A key of `PALETTES`.
    limits : tuple of float
        Values that get the first and the last colour.

    Returns
    -------
    ndarray of uint8, shape (row, column, 3)
    """
    low, high = limits
    steps = (np.asarray(pixels, np.float32) - low) * np.float32(255 / (high - low))
    return palette(name)[np.clip(steps + 0.5, 0, 255).astype(np.uint8)]
