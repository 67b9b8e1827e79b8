"""A trained `SmallCNN` as plain arrays: every feature map in a few milliseconds, without Keras.

Batch normalisation is a product and a sum, so that after training it is folded into the
convolution before it. What is left is convolution, ReLU, a mean and a dot product, all from
`medkit.learning.by_hand.convolution`. ``datasets/cnn_*.npz`` hold one network a task with some
patients it has not learned from; `medkit.authoring.datasets` makes them anew.
"""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from medkit.data.sets import shipped
from medkit.learning.by_hand.convolution import convolve, relu

#: Which simulated tasks have a stored network, of how many patients.
TASKS = {"us_breast": 900}
#: How many patients of the test part are stored with it.
SHOWN = 24


def folded(model) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return kernel and bias of each layer of a Keras model, batch normalisations folded in.

    In use a batch normalisation maps y to γ (y − μ) / √(σ² + ε) + β with fixed numbers, so
    that it scales the kernel, and moves and scales the bias, of the layer before it.

    Parameters
    ----------
    model : keras.Model
        One chain of layers. What has no weights, such as a ReLU, is left out.

    Returns
    -------
    list of (kernel, bias)
        Of `Dense` and `Conv2D`, in order.

    Raises
    ------
    ValueError
        If another kind of layer has weights, or the layers are no chain.
    """
    pairs = []
    for k, layer in enumerate(model.layers):
        if pairs and layer.input is not model.layers[k - 1].output:
            raise ValueError(f"the network branches at {layer.name}; only a chain can be stored")
        kind, weights = type(layer).__name__, layer.get_weights()
        if kind in ("Dense", "Conv2D"):
            pairs.append((weights[0], weights[1] if layer.use_bias else np.float32(0)))
        elif kind == "BatchNormalization":
            kernel, bias = pairs[-1]
            # A dense layer may make all places of a picture at once: then each is scaled alike.
            places = kernel.shape[-1] // len(weights[0])
            gamma, beta, mean, variance = (np.tile(w, places) for w in weights)
            scale = gamma / np.sqrt(variance + layer.epsilon)
            pairs[-1] = kernel * scale, beta + (bias - mean) * scale
        elif weights:
            raise ValueError(f"a layer {kind} has weights; only Dense and Conv2D can be stored")
    return pairs


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
        *convolutions, (weights, bias) = folded(model.model_)
        kernels, biases = zip(*convolutions, strict=True)
        return cls(kernels, biases, weights[:, 0], float(bias[0]))

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


def load(task: str) -> SimpleNamespace:
    """Load a stored network with patients it has not seen.

    Returns
    -------
    types.SimpleNamespace
        ``network``: a `PlainCNN`; ``images``: float32 from 0 to 1, shape (n, rows, columns, 1);
        ``labels``: int, (n,); ``masks``: bool, (n, rows, columns), where the lesion truly is;
        ``classes``: what the labels mean.

    Raises
    ------
    FileNotFoundError
        If there is none for this task; the message says which there are.
    """
    held = shipped.arrays(f"cnn_{task}")
    layers = range(sum(key.startswith("kernel") for key in held))
    kernels, biases = (tuple(held[f"{what}{k}"] for k in layers) for what in ("kernel", "bias"))
    network = PlainCNN(kernels, biases, held["weights"], float(held["bias"]))
    images = np.float32(held["images"])[..., None] / 255
    masks = np.unpackbits(held["masks"], count=images.size).reshape(images.shape[:3])
    seen = {"images": images, "labels": held["labels"], "masks": masks > 0}
    return SimpleNamespace(network=network, classes=tuple(held["classes"].tolist()), **seen)


def make(task: str, folder) -> Path:
    """Simulate patients, let a `SmallCNN` learn, store both; return the file."""
    from dataclasses import replace

    from medkit.data import tasks
    from medkit.learning.networks.augment import Augmentation
    from medkit.learning.networks.cnn import QUICK, SmallCNN

    data = tasks.simulate(task, TASKS[task], rng=31)
    model = SmallCNN(augmentation=Augmentation(), schedule=replace(QUICK, epochs=24, patience=24))
    model.fit(*data.xy("train"), validation=data.xy("validation"))
    return save(PlainCNN.of(model), data.only("test")[:SHOWN], folder)


def save(network: PlainCNN, data, folder) -> Path:
    """Store a network and the patients of a `Dataset` as ``cnn_<name>.npz``; return the file."""
    arrays = {f"kernel{k}": kernel for k, kernel in enumerate(network.kernels)}
    arrays |= {f"bias{k}": bias for k, bias in enumerate(network.biases)}
    return shipped.save(
        folder,
        f"cnn_{data.name}",
        weights=network.weights,
        bias=network.bias,
        labels=data.labels,
        images=np.round(data.images[..., 0].clip(0, 1) * 255).astype(np.uint8),
        masks=np.packbits(data.masks),
        classes=np.array(data.classes),
        **arrays,
    )
