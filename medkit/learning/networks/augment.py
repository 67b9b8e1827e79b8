"""Augmentation: the same picture, turned, shifted, flipped a little each time it is shown.

A lesion is still a lesion a few pixels further. A network that is told so by example
needs fewer patients. All images of a batch are warped at once, in NumPy: the same
pictures on every backend, and quicker on a CPU than one image after the other.
"""

from dataclasses import dataclass

import numpy as np

from medkit.learning.backend import keras


@dataclass(frozen=True)
class Augmentation:
    """How far an image may be changed without changing its diagnosis.

    Parameters
    ----------
    rotation_deg : float
        Turned by up to so many degrees, either way.
    shift : float
        Shifted by up to this share of its size, along each axis.
    zoom : float
        Magnified or made smaller by up to this share.
    flip_columns, flip_rows : bool
        Mirrored left-right, or upside down, every other time. A chest has its heart on
        the left: flip only what has no sides.
    contrast : float
        Its contrast is multiplied by up to 1 ± this.
    brightness : float
        Up to so much is added to all pixels, which go from 0 to 1.
    """

    rotation_deg: float = 10.0
    shift: float = 0.08
    zoom: float = 0.1
    flip_columns: bool = True
    flip_rows: bool = False
    contrast: float = 0.0
    brightness: float = 0.0

    def matrices(self, n: int, rng=None) -> np.ndarray:
        """Draw n affine maps, shape (n, 2, 3): from places in the new image to the old.

        A place is (row, column) from the centre, where the image goes from -1 to 1.
        """
        rng = np.random.default_rng(rng)
        angle = np.radians(rng.uniform(-self.rotation_deg, self.rotation_deg, n))
        scale = rng.uniform(1 - self.zoom, 1 + self.zoom, n)
        flip = np.where(rng.random((2, n)) < 0.5, -1.0, 1.0)
        flip[0] = flip[0] if self.flip_rows else 1.0
        flip[1] = flip[1] if self.flip_columns else 1.0
        shift = rng.uniform(-2 * self.shift, 2 * self.shift, (2, n))
        cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
        rows = np.stack([flip[0] * cos, -flip[0] * sin, shift[0]], -1)
        columns = np.stack([flip[1] * sin, flip[1] * cos, shift[1]], -1)
        return np.stack([rows, columns], 1)

    def apply(self, images, rng=None, masks=None):
        """Return images (n, rows, columns, channels) changed at random, and masks likewise.

        All planes of a volume (n, planes, rows, columns, channels) are changed alike.
        """
        rng = np.random.default_rng(rng)
        if np.ndim(images) == 5 and masks is None:
            flat = np.moveaxis(images, 1, 3)  # planes become channels
            new = self.apply(flat.reshape(*flat.shape[:3], -1), rng)
            return np.moveaxis(new.reshape(flat.shape), 3, 1)
        maps = self.matrices(len(images), rng)
        contrast = rng.uniform(1 - self.contrast, 1 + self.contrast, (len(images), 1, 1, 1))
        brightness = rng.uniform(-self.brightness, self.brightness, (len(images), 1, 1, 1))
        new = warp(images, maps)
        if self.contrast or self.brightness:
            new = (new - 0.5) * np.float32(contrast) + np.float32(0.5 + brightness)
        return new if masks is None else (new, warp(masks, maps) > 0.5)


def warp(images, matrices) -> np.ndarray:
    """Warp each image by its own affine map, with bilinear interpolation.

    Parameters
    ----------
    images : array_like
        Shape (n, rows, columns, channels).
    matrices : array_like
        Shape (n, 2, 3), as `Augmentation.matrices` returns them.

    Returns
    -------
    numpy.ndarray
        float32, the shape of `images`. Beyond its edge an image goes on as at the edge.
    """
    images = np.asarray(images, np.float32)
    n, height, width, channels = images.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    grid = np.stack([y.ravel(), x.ravel(), np.ones(y.size)]).astype(np.float32)
    old = np.asarray(matrices, np.float32) @ grid  # (n, 2, pixels)
    row = ((old[:, 0] + 1) * ((height - 1) / 2)).clip(0, height - 1)
    column = ((old[:, 1] + 1) * ((width - 1) / 2)).clip(0, width - 1)
    top = np.minimum(row.astype(np.int32), height - 2)
    left = np.minimum(column.astype(np.int32), width - 2)
    down, right = (row - top)[..., None], (column - left)[..., None]
    flat = images.reshape(-1, channels)
    first = (np.arange(n, dtype=np.int32) * (height * width))[:, None] + top * width + left
    upper = flat[first] * (1 - right) + flat[first + 1] * right
    lower = flat[first + width] * (1 - right) + flat[first + width + 1] * right
    return (upper * (1 - down) + lower * down).reshape(images.shape)


class Augmented(keras.utils.PyDataset):
    """Batches of images, shuffled and changed anew in each epoch.

    Parameters
    ----------
    x : numpy.ndarray
        Shape (n, rows, columns, channels), or volumes (n, planes, rows, columns, channels).
    y : numpy.ndarray
        Shape (n,): labels. Or (n, rows, columns, 1): masks, which are warped as the
        images are.
    augmentation : Augmentation
    weights : numpy.ndarray, optional
        Shape (n,): how much each counts.
    batch_size : int
    seed : int
        Equal seeds give equal batches.
    """

    def __init__(self, x, y, augmentation: Augmentation, *, weights=None, batch_size=64, seed=0):
        super().__init__()
        self.x, self.y, self.augmentation, self.weights = x, y, augmentation, weights
        self.batch_size, self.rng = batch_size, np.random.default_rng(seed)
        self.order = self.rng.permutation(len(x))

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __getitem__(self, step):
        some = self.order[step * self.batch_size : (step + 1) * self.batch_size]
        if self.y.ndim == 1:
            x, y = self.augmentation.apply(self.x[some], self.rng), self.y[some]
        else:
            x, y = self.augmentation.apply(self.x[some], self.rng, self.y[some])
            y = y.astype(np.float32)
        return (x, y) if self.weights is None else (x, y, self.weights[some])

    def on_epoch_end(self):
        """Shuffle again."""
        self.order = self.rng.permutation(len(self.x))
