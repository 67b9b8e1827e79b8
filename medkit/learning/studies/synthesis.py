"""Generators that were trained before, ready to draw: no Keras, a few milliseconds an image.

``StoredGenerator.load("ct_bleed")`` draws head CTs with or without a bleed,
``"us_breast"`` breast ultrasound with a harmless or a malignant mass, and ``"retina"``
patches of a real photograph of an eye. Each lies in ``datasets/gan_<name>.npz`` and was
made by this module's own `train_and_store`, in about 90 s of CPU time::

    python -m medkit.learning.studies.synthesis ct_bleed
"""

import sys
from dataclasses import dataclass

import numpy as np

from medkit import kit
from medkit.data.sets import shipped

#: Seed of the patients that the generators have seen; use others to judge them.
SEEN = 1000

#: name → simulated task, limits of its lesions; and what the labels mean.
TASKS = {
    "ct_bleed": ("ct_bleed", {"radius_mm": (9.0, 18.0), "contrast_hu": (24.0, 40.0)}),
    "us_breast": ("us_breast", {"size_mm": (9.0, 15.0)}),
}
#: How many images they were trained with, and how long.
PATIENTS, EPOCHS = 1000, 36


@dataclass(frozen=True, eq=False)
class StoredGenerator:
    """A convolutional generator as plain arrays.

    Parameters
    ----------
    dense : tuple of numpy.ndarray
        Matrix (latent + classes, rows · columns · channels) and bias of the first layer.
    convolutions : tuple of (kernel, bias)
        Kernels of shape (3, 3, in, out). Batch normalisation is multiplied into them.
    latent : int
        How many random numbers make an image.
    classes : tuple of str
        What it can be told to draw; empty if it draws one kind only.
    coarse : tuple of int
        Rows, columns and channels of the first picture.
    """

    dense: tuple[np.ndarray, np.ndarray]
    convolutions: tuple[tuple[np.ndarray, np.ndarray], ...]
    latent: int
    classes: tuple[str, ...]
    coarse: tuple[int, int, int]

    @classmethod
    def load(cls, name: str) -> "StoredGenerator":
        """Return a generator of the kit: "ct_bleed", "us_breast" or "retina"."""
        stored = shipped.arrays(f"gan_{name}")
        arrays = [stored[f"w{k}"].astype(np.float32) for k in range(8)]
        pairs = tuple(zip(arrays[::2], arrays[1::2], strict=True))
        classes = tuple(stored["classes"].tolist())
        latent = len(arrays[0]) - max(1, len(classes))
        return cls(pairs[0], pairs[1:], latent, classes, tuple(stored["coarse"].tolist()))

    @classmethod
    def of(cls, generator, classes=()) -> "StoredGenerator":
        """Return what `gan_networks.convolutional_generator` built, and a GAN trained.

        In use, a batch normalisation multiplies and adds fixed numbers: they go into the
        layer before it.
        """
        kinds = ("Dense", "Conv2D", "BatchNormalization")
        layers = [layer for layer in generator.layers if type(layer).__name__ in kinds]
        weights = [[np.array(w, np.float32) for w in layer.get_weights()] for layer in layers]
        pairs = []
        for (kernel,), (gamma, beta, mean, variance) in zip(
            weights[:-1:2], weights[1::2], strict=True
        ):
            scale = gamma / np.sqrt(variance + layers[1].epsilon)
            repeat = kernel.shape[-1] // len(scale)  # the dense layer makes all places at once
            bias = np.tile(beta - mean * scale, repeat)
            pairs.append((kernel * np.tile(scale, repeat), bias))
        pairs.append(tuple(weights[-1]))
        coarse = (*(side // 4 for side in generator.output.shape[1:3]), pairs[1][0].shape[2])
        return cls(pairs[0], tuple(pairs[1:]), generator.inputs[0].shape[1], tuple(classes), coarse)

    def save(self, folder, name: str):
        """Write it to ``<folder>/gan_<name>.npz`` with 16 bits a weight; return the file."""
        flat = [a.astype(np.float16) for pair in (self.dense, *self.convolutions) for a in pair]
        contents = {f"w{k}": array for k, array in enumerate(flat)}
        return shipped.save(
            folder,
            f"gan_{name}",
            classes=np.array(self.classes, dtype="U"),
            coarse=np.array(self.coarse),
            **contents,
        )

    def generate(self, z, labels=0) -> np.ndarray:
        """Return the images that latent vectors stand for.

        Parameters
        ----------
        z : array_like
            Shape (n, latent).
        labels : int or array_like of int
            Index into `classes`: one for all, or one each. Shares from 0 to 1 may be given
            instead for two classes: 0.5 asks for something between them.

        Returns
        -------
        numpy.ndarray
            Shape (n, rows, columns, 1), from 0 to 1.
        """
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ValueError(f"z has shape {z.shape}; expected (n, {self.latent})")
        share = np.broadcast_to(np.asarray(labels, np.float32), len(z))
        told = np.stack([1 - share, share], 1) if self.classes else np.ones((len(z), 1), np.float32)
        x = np.concatenate([z, told.astype(np.float32)], 1) @ self.dense[0] + self.dense[1]
        x = np.maximum(x, 0).reshape(-1, *self.coarse)
        for kernel, bias in self.convolutions[:-1]:
            x = np.maximum(_convolved(x.repeat(2, 1).repeat(2, 2), kernel) + bias, 0)
        kernel, bias = self.convolutions[-1]
        return 0.5 * np.tanh(_convolved(x, kernel) + bias) + 0.5

    def sample(self, n: int, labels=0, *, rng=None) -> np.ndarray:
        """Draw images, shape (n, rows, columns, 1)."""
        z = np.random.default_rng(rng).standard_normal((n, self.latent))
        return self.generate(z, labels)


def _convolved(x, kernel):
    """Return the 3 × 3 convolution of images (n, rows, columns, in), zeros around them."""
    rows, columns = x.shape[1:3]
    x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    places = [(i, j) for i in range(3) for j in range(3)]
    return sum(x[:, i : i + rows, j : j + columns] @ kernel[i, j] for i, j in places)


def sheet(images, columns: int = 8) -> np.ndarray:
    """Return images side by side, with a line of white between them, as one picture.

    Parameters
    ----------
    images : array_like
        Shape (n, rows, columns) or (n, rows, columns, 1).
    columns : int
        How many in a row of the sheet.

    Examples
    --------
    >>> sheet(np.zeros((3, 4, 4)), columns=2).shape
    (9, 9)
    """
    images = np.asarray(images)
    images = images[..., 0] if images.ndim == 4 else images
    n, height, width = images.shape
    lines = -(-n // columns)
    out = np.ones((lines * (height + 1) - 1, columns * (width + 1) - 1))
    for k, image in enumerate(images):
        row, column = (k // columns) * (height + 1), (k % columns) * (width + 1)
        out[row : row + height, column : column + width] = image
    return out


def retina_patches(n: int, *, half: str = "upper", size: int = 32, rng=None) -> np.ndarray:
    """Cut patches from the real photograph of an eye that scikit-image carries.

    Parameters
    ----------
    n : int
        How many; they overlap.
    half : {"upper", "lower"}
        Of the photograph: learn from one, judge with the other. They are alike, while of
        left and right only one has the optic disc.
    size : int
        Rows and columns; three pixels of the photograph make one.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        float32, shape (n, size, size, 1): the green channel over its local mean, so that
        0.5 is the bare retina; turned and flipped at random.
    """
    from scipy.ndimage import gaussian_filter
    from skimage import data

    if half not in ("upper", "lower"):
        raise ValueError(f"half={half!r}; expected 'upper' or 'lower'")
    rng = np.random.default_rng(rng)
    green = data.retina()[:1410, :1410, 1].reshape(470, 3, 470, 3).mean((1, 3))
    flat = green / np.maximum(gaussian_filter(green, 20), 1)
    inside = gaussian_filter((green > 25).astype(float), 3) > 0.999
    patches = []
    while len(patches) < n:
        row, column = rng.integers(0, 235 - size), rng.integers(0, 470 - size)
        row += 235 * (half == "lower")
        place = slice(row, row + size), slice(column, column + size)
        if inside[place].all():
            patch = np.rot90(flat[place], rng.integers(4))
            patches.append(patch[:, ::-1] if rng.integers(2) else patch)
    return np.clip(np.stack(patches)[..., None] - 0.5, 0, 1).astype(np.float32)


def seen(name: str, n: int = PATIENTS):
    """Return the images and labels to train a stored generator with.

    Simulated patients follow the simulator: if it has changed since a generator was
    stored, these are no longer exactly the images that it has seen. Train it again.
    """
    if name == "retina":
        return retina_patches(n, rng=SEEN), None
    from medkit.data import tasks

    task, lesion = TASKS[name]
    data = tasks.simulate(task, n, size=32, rng=SEEN, **lesion)
    return data.images, data.labels


def train_and_store(name: str, folder=None):
    """Train the generator of that name and store it; return the `GAN` and the file."""
    from medkit.data import tasks
    from medkit.learning.networks.gan import GAN
    from medkit.learning.networks.training import Schedule

    images, labels = seen(name)
    schedule = Schedule(epochs=EPOCHS, batch_size=32, learning_rate=7e-4)
    gan = GAN(width=12, schedule=schedule, seed=SEEN).fit(images, labels)
    classes = () if labels is None else tasks.TASKS[TASKS[name][0]].classes
    stored = StoredGenerator.of(gan.generator_, classes)
    return gan, stored.save(folder or kit.root() / "datasets", name)


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        train_and_store(wanted)
