"""Maps of what a model of the healthy leaves over on a real brain, for ``33_autoencoder``."""

from functools import lru_cache

import numpy as np
from nilearn.datasets import load_mni152_template
from scipy import ndimage
from sklearn.decomposition import PCA

#: What was done to the slice, in the order of the maps 1 to 4.
ORDER = ("moved", "lesion", "noisier", "turned")
_SHOWN = 16


def changed(image: np.ndarray) -> dict[str, np.ndarray]:
    """Return a slice (row, column), 4 mm a pixel, changed in four ways."""
    rows, columns = np.indices(image.shape)
    spot = np.hypot(rows - 24, columns - 17) < 2.6  # white matter, a centimetre in radius
    return {
        "turned": ndimage.rotate(image, 8, reshape=False, order=1),
        "moved": ndimage.shift(image, (0, 2), order=1),
        "noisier": image + np.random.default_rng(0).normal(0, 0.1, image.shape),
        "lesion": np.where(spot, 1.2, image),
    }


@lru_cache(maxsize=1)
def riddle() -> np.ndarray:
    """Return four maps, (4, row, column): a slice of the template minus PCA's picture of it.

    PCA has 8 components and learned from the other slices; the maps stand in `ORDER`.
    """
    brain = load_mni152_template(resolution=4).get_fdata()
    slices = brain[:, ::-1, 6:40].T / brain.max()
    others = np.delete(slices, _SHOWN, 0).reshape(len(slices) - 1, -1)
    model = PCA(8).fit(others)
    all_ = changed(slices[_SHOWN])
    rows = np.stack([all_[name].ravel() for name in ORDER])
    left = rows - model.inverse_transform(model.transform(rows))
    return left.reshape(-1, *slices.shape[1:])
