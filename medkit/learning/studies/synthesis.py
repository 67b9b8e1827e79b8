"""Generators that were trained before, ready to draw: no Keras, a few milliseconds an image.

``StoredGenerator.load("ct_bleed")`` draws head CTs with or without a bleed,
``"us_breast"`` breast ultrasound with a harmless or a malignant mass, and ``"retina"``
patches of a real photograph of an eye. Each lies in ``datasets/gan_<name>.npz`` and was
made by `make`, which trains as `medkit.learning.networks.gan_recipe` says;
`medkit.authoring.datasets` calls it.
"""

from dataclasses import dataclass

import numpy as np
from skimage.util import montage

from medkit.data import tasks
from medkit.data.sets import shipped
from medkit.learning.by_hand.convolution import convolve, relu
from medkit.learning.evaluation import gan_judges
from medkit.learning.studies.plain_cnn import folded

#: Seed of the patients that the generators have seen; use others to judge them.
SEEN = 1000

#: name → simulated task, limits of its lesions; and what the labels mean.
TASKS = {
    "ct_bleed": ("ct_bleed", {"radius_mm": (9.0, 18.0), "contrast_hu": (24.0, 40.0)}),
    "us_breast": ("us_breast", {"size_mm": (9.0, 15.0)}),
}
#: How many images they were trained with; patches of the retina overlap.
PATIENTS = {"ct_bleed": 4200, "us_breast": 3000, "retina": 7000}
#: Width of the layer of 32 × 32.
WIDTHS = {"retina": 24, "us_breast": 16, "ct_bleed": 24}
#: What the heads had besides, at both sizes: a detective who must name the label, see
#: `gan_recipe.naming`; and a GPU, with the same steps written in JAX.
_HEADS = {"judge": 48, "names": 1.0, "batch": 64, "steps": 16_000}
#: What the larger retina had besides: a detective twice as wide, and more steps. Of 1,000, 2,000,
#: … 8,000 it keeps that where 3,000 samples were nearest, by edges, to what it *learns* from.
MORE = {
    ("ct_bleed", 32): _HEADS,
    ("ct_bleed", 64): _HEADS,
    ("retina", 64): {"judge": 48, "steps": 6000},
}
#: Steps of which samples are kept, 32 of each.
FILM = (0, 250, 1000, 4000, 8000)


def file_name(name: str, size: int = 32) -> str:
    """Return the name in ``datasets`` of the generator of some size."""
    return f"gan_{name}" if size == 32 else f"gan_{name}_{size}"


@dataclass(frozen=True, eq=False)
class StoredGenerator:
    """A convolutional generator as plain arrays.

    Parameters
    ----------
    layers : tuple of (kernel, bias)
        A matrix (latent + classes, rows · columns · channels), then the kernels
        (3, 3, in, out) of convolutions, with the batch normalisation folded in.
    classes : tuple of str
        What it can be told to draw; empty if it draws one kind only.
    coarse : tuple of int
        Rows, columns and channels of the first picture.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    classes: tuple[str, ...]
    coarse: tuple[int, int, int]

    @property
    def latent(self) -> int:
        """How many random numbers make an image."""
        return len(self.layers[0][0]) - max(1, len(self.classes))

    @classmethod
    def load(cls, name: str, size: int = 32) -> "StoredGenerator":
        """Return a generator of the kit: "ct_bleed", "us_breast" or "retina"; 32 or 64 pixels."""
        stored = shipped.arrays(file_name(name, size))
        number = sum(key[0] == "w" for key in stored)
        arrays = [stored[f"w{k}"].astype(np.float32) for k in range(number)]
        layers = tuple(zip(arrays[::2], arrays[1::2], strict=True))
        return cls(layers, tuple(stored["classes"].tolist()), tuple(stored["coarse"].tolist()))

    @classmethod
    def of(cls, generator, classes=()) -> "StoredGenerator":
        """Return what `gan_networks.convolutional_generator` built, and a GAN trained."""
        layers = tuple(folded(generator))
        part = 2 ** (len(layers) - 2)
        coarse = (*(side // part for side in generator.output.shape[1:3]), layers[1][0].shape[2])
        return cls(layers, tuple(classes), coarse)

    def save(self, folder, name: str, **more):
        """Write it, and `more` arrays, to ``<folder>/<name>.npz`` with 16 bits a weight."""
        flat = [a.astype(np.float16) for pair in self.layers for a in pair]
        contents = {f"w{k}": array for k, array in enumerate(flat)}
        return shipped.save(
            folder,
            name,
            classes=np.array(self.classes, dtype="U"),
            coarse=np.array(self.coarse),
            **contents,
            **more,
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
        class_ = (
            np.stack([1 - share, share], 1) if self.classes else np.ones((len(z), 1), np.float32)
        )
        (matrix, bias), *refine, last = self.layers
        x = np.concatenate([z, class_.astype(np.float32)], 1) @ matrix + bias
        x = relu(x).reshape(-1, *self.coarse)
        for kernel, bias in refine:
            x = relu(convolve(x.repeat(2, 1).repeat(2, 2), kernel, bias))
        return 0.5 * np.tanh(convolve(x, *last)) + 0.5

    def sample(self, n: int, labels=0, *, rng=None) -> np.ndarray:
        """Draw images, shape (n, rows, columns, 1)."""
        z = np.random.default_rng(rng).standard_normal((n, self.latent))
        return self.generate(z, labels)


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
    images = np.asarray(images, float)
    images = images[..., 0] if images.ndim == 4 else images
    shape = (-(-len(images) // columns), columns)
    return montage(images, fill=1.0, padding_width=1, grid_shape=shape)[1:-1, 1:-1]


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
        Rows and columns, a multiple of 32. The field is the same: 96 pixels of the photograph.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        float32, shape (n, size, size, 1): the green channel over its local mean, so that
        0.5 is the bare retina; turned and flipped at random.
    """
    from scipy.ndimage import gaussian_filter
    from skimage import data

    rng = np.random.default_rng(rng)
    finer = size // 32
    green = data.retina()[:1410, :1410, 1].astype(float).repeat(finer, 0).repeat(finer, 1)
    edge = 470 * finer
    green = green.reshape(edge, 3, edge, 3).mean((1, 3))
    flat = green / np.maximum(gaussian_filter(green, 20 * finer), 1)
    inside = gaussian_filter((green > 25).astype(float), 3 * finer) > 0.999
    patches = []
    while len(patches) < n:
        row, column = rng.integers(0, edge // 2 - size), rng.integers(0, edge - size)
        row += edge // 2 * (half == "lower")
        place = slice(row, row + size), slice(column, column + size)
        if inside[place].all():
            patch = np.rot90(flat[place], rng.integers(4))
            patches.append(patch[:, ::-1] if rng.integers(2) else patch)
    return np.clip(np.stack(patches)[..., None] - 0.5, 0, 1).astype(np.float32)


def seen(name: str, n: int | None = None, size: int = 32):
    """Return the images and labels that a stored generator was trained with, or n of their kind.

    Simulated patients follow the simulator: if it has changed since a generator was
    stored, these are no longer exactly the images that it has seen. Train it again.
    """
    n = n or PATIENTS[name]
    if name == "retina":
        return retina_patches(n, size=size, rng=SEEN), None
    task, lesion = TASKS[name]
    data = tasks.simulate(task, n, size=size, rng=SEEN, **lesion)
    return data.images, data.labels


def others(name: str, n: int, size: int = 32):
    """Return images that it has not seen: other patients, or the other half of the photograph."""
    if name == "retina":
        return retina_patches(n, half="lower", size=size, rng=1)
    task, lesion = TASKS[name]
    return tasks.simulate(task, n, size=size, rng=2, **lesion).images


def eyes(images) -> dict:
    """Return two ways to turn images into 16 numbers: their edges, and their pixels."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline

    from medkit.learning.classical.features import HOG, RawPixels

    return {
        "edges": make_pipeline(HOG(), PCA(16, random_state=0)).fit(images),
        "pixels": make_pipeline(RawPixels(), PCA(16, random_state=0)).fit(images),
    }


def judged(drawn_images, real, eyes) -> np.ndarray:
    """Return what the judges say of 300 images, for each pair of eyes.

    Parameters
    ----------
    drawn_images, real : numpy.ndarray
        300 generated and 600 real images that were held out.
    eyes : dict
        Of `eyes`.

    Returns
    -------
    numpy.ndarray
        Fréchet distance, precision and recall; shape (2, 3).
    """
    rows = []
    for see in eyes.values():
        a, b = see.transform(drawn_images), see.transform(real)
        distance = gan_judges.frechet_distance(a, b[:300])
        rows.append((distance, *gan_judges.precision_recall(b[300:], a)))
    return np.array(rows, np.float32)


def floors(real, eyes) -> np.ndarray:
    """Return the distance of 300 real images to 300 others, for each pair of eyes."""
    tables = (see.transform(real) for see in eyes.values())
    return np.array([gan_judges.noise_floor(t, 300, rng=0).mean() for t in tables], np.float32)


def make(name: str, size: int, folder):
    """Train the generator of that name and size and store it; return the file.

    The larger begins with the smaller one, which is trained anew: stored weights are folded.
    """
    from medkit.learning.networks import gan_recipe

    images, labels = seen(name, size=size)
    real, see = others(name, 600, size), eyes(images[:1000])
    classes = () if labels is None else tasks.TASKS[TASKS[name][0]].classes
    more = {"steps": gan_recipe.SIZES[size][1]} | MORE.get((name, size), {})
    kept = {"film": [], "judged": [], "steps": []}

    def watch(step, generator):
        if step in FILM or step == more["steps"]:
            plain = StoredGenerator.of(generator, classes)
            rng = np.random.default_rng(0)
            condition = rng.integers(1 if labels is None else 2, size=300)
            sample = plain.generate(rng.standard_normal((300, gan_recipe.LATENT)), condition)
            kept["film"].append(np.round(255 * sample[:32, ..., 0]).astype(np.uint8))
            kept["judged"].append(judged(sample, real, see))
            kept["steps"].append(step)

    first, small = MORE.get((name, 32), {}), None
    if size == 64:
        small = gan_recipe.train(*seen(name), width=WIDTHS[name], **first)
    trained = gan_recipe.train(images, labels, width=WIDTHS[name], small=small, watch=watch, **more)
    plain = StoredGenerator.of(trained, classes)
    arrays = {key: np.array(value) for key, value in kept.items()}
    arrays["floor"] = floors(real, see)
    return plain.save(folder, file_name(name, size), **arrays)
