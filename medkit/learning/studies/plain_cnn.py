"""A trained `SmallCNN` as plain arrays: every feature map in a few milliseconds, without Keras.

Batch normalisation is a product and a sum, so that after training it is folded into the
convolution before it. What is left is convolution, ReLU, a mean and a dot product, all from
`medkit.learning.by_hand.convolution`. ``datasets/cnn_*.npz`` hold one network a task with some
patients it has not learned from; ``python -m medkit.learning.studies.plain_cnn`` makes them anew
in about a minute each.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medkit import kit
from medkit.learning.by_hand.convolution import convolve, relu

#: Which simulated tasks have a stored network, of how many patients.
TASKS = {"us_breast": 900}
#: How many patients of the test part are stored with it.
SHOWN = 24


@dataclass(frozen=True, eq=False)
class PlainCNN:
    """Convolutions with stride 2, each followed by a ReLU; then a mean and a dot product.

    Parameters
    ----------
    kernels : tuple of numpy.ndarray
        Shapes (K, K, channels, filters), with the batch normalisation folded in.
    biases : tuple of numpy.ndarray
        Shapes (filters,).
    weights : numpy.ndarray
        Shape (filters of the last layer,).
    bias : float
    """

    kernels: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    weights: np.ndarray
    bias: float

    @classmethod
    def of(cls, model) -> "PlainCNN":
        """Return the plain form of a fitted `SmallCNN` with one logit."""
        kernels, biases, found = [], [], model.model_.layers
        for convolution, norm in zip(found[2:-2:3], found[3:-2:3], strict=True):
            gamma, beta, mean, variance = norm.get_weights()
            scale = gamma / np.sqrt(variance + norm.epsilon)
            kernels.append(convolution.get_weights()[0] * scale)
            biases.append(beta - mean * scale)
        weights, bias = found[-1].get_weights()
        if weights.shape[1] != 1:
            raise ValueError(f"{weights.shape[1]} logits; this plain form is for two classes")
        return cls(tuple(kernels), tuple(biases), weights[:, 0], float(bias[0]))

    def maps(self, images) -> list[np.ndarray]:
        """Return what each layer gives, shapes (n, rows, columns, filters); images from 0 to 1."""
        x, found = 4 * np.asarray(images, np.float32) - 2, []
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            x = relu(convolve(x, kernel, bias, stride=2))
            found.append(x)
        return found

    def logit(self, images) -> np.ndarray:
        """Return the logit of each image, shape (n,)."""
        return self.maps(images)[-1].mean((1, 2)) @ self.weights + self.bias

    def heat(self, images) -> np.ndarray:
        """Return what each place adds to the logit, shape (n, rows, columns) of the last layer.

        Its mean plus the bias is the logit: the class activation map of Zhou et al. 2016,
        doi:10.1109/CVPR.2016.319.
        """
        return self.maps(images)[-1] @ self.weights


@dataclass(frozen=True, eq=False)
class Stored:
    """A network and patients it has not seen.

    Parameters
    ----------
    network : PlainCNN
    images : numpy.ndarray
        float32 from 0 to 1, shape (n, rows, columns, 1).
    labels : numpy.ndarray
        int, shape (n,).
    masks : numpy.ndarray
        bool, shape (n, rows, columns): where the lesion truly is.
    classes : tuple of str
    """

    network: PlainCNN
    images: np.ndarray
    labels: np.ndarray
    masks: np.ndarray
    classes: tuple[str, ...]


def load(task: str, folder: Path | None = None) -> Stored:
    """Load a stored network with its patients.

    Raises
    ------
    FileNotFoundError
        If there is none for this task; the message says which there are.
    """
    file = (folder or kit.root() / "datasets") / f"cnn_{task}.npz"
    if not file.exists():
        raise FileNotFoundError(f"no {file.name}; there are networks for: {', '.join(TASKS)}")
    with np.load(file, allow_pickle=False) as held:
        layers = sum(key.startswith("kernel") for key in held)
        network = PlainCNN(
            tuple(held[f"kernel{k}"] for k in range(layers)),
            tuple(held[f"bias{k}"] for k in range(layers)),
            held["weights"],
            float(held["bias"]),
        )
        images = np.float32(held["images"])[..., None] / 255
        masks = np.unpackbits(held["masks"], count=images.size).reshape(images.shape[:3])
        return Stored(network, images, held["labels"], masks > 0, tuple(held["classes"].tolist()))


def make(task: str, folder: Path | None = None) -> Path:
    """Simulate patients, let a `SmallCNN` learn, store both; return the file."""
    from dataclasses import replace

    from medkit.data import tasks
    from medkit.learning.networks.augment import Augmentation
    from medkit.learning.networks.cnn import QUICK, SmallCNN

    data = tasks.simulate(task, TASKS[task], rng=31)
    model = SmallCNN(augmentation=Augmentation(), schedule=replace(QUICK, epochs=24, patience=24))
    model.fit(*data.xy("train"), validation=data.xy("validation"))
    return save(PlainCNN.of(model), data.only("test")[:SHOWN], folder)


def save(network: PlainCNN, data, folder: Path | None = None) -> Path:
    """Store a network and the patients of a `Dataset` as ``cnn_<name>.npz``; return the file."""
    file = (folder or kit.root() / "datasets") / f"cnn_{data.name}.npz"
    arrays = {f"kernel{k}": kernel for k, kernel in enumerate(network.kernels)}
    arrays |= {f"bias{k}": bias for k, bias in enumerate(network.biases)}
    np.savez_compressed(
        file,
        weights=network.weights,
        bias=network.bias,
        labels=data.labels,
        images=np.round(data.images[..., 0].clip(0, 1) * 255).astype(np.uint8),
        masks=np.packbits(data.masks),
        classes=np.array(data.classes),
        **arrays,
    )
    return file


if __name__ == "__main__":
    for name in TASKS:
        make(name)
