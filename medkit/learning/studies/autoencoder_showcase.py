"""The small trained networks that the explorers of ``33_autoencoder`` show.

Heads are drawn, scanned by the kit's own scanners, and learned from. What is stored are weights,
codes and pictures of simulated patients; no real person is in them. `medkit.authoring.datasets`
makes the files anew.
"""

from functools import partial
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA

from medkit.data import tasks
from medkit.data.sets import shipped
from medkit.data.sets.catalogue import load
from medkit.learning.backend import keras, seeded
from medkit.learning.networks.autoencoder import Sampling, halves
from medkit.learning.networks.training import Schedule, train

#: Sizes of the bottleneck among which the compression explorer chooses.
CODES = (2, 8, 32, 128)
#: To the end: after 40 passes the dense networks still learn. Weights are not decayed: the
#: bottleneck is the brake.
_LONG = Schedule(epochs=160, batch_size=32, learning_rate=2e-3, weight_decay=0.0)
_PLANE = Schedule(epochs=40, batch_size=32, learning_rate=2e-3, weight_decay=0.0)


def to_bytes(images) -> np.ndarray:
    """Return images from 0 to 1 as uint8."""
    return np.round(255 * np.clip(images, 0, 1)).astype(np.uint8)


def heads(n: int, seed: int, *, task="mri_stroke", prevalence=0.0, **options):
    """Return a data set of simulated heads, 64 × 64 pixels."""
    return tasks.simulate(task, n, rng=seed, size=64, prevalence=prevalence, **options)


def dense(images, code: int):
    """Let a dense autoencoder learn images; return encode and decode."""
    with seeded(0):
        encoder, decoder = halves(images.mean(0), code)
        model = keras.Model(encoder.input, decoder(encoder.output))
        train(model, images, images, schedule=_LONG, loss="mse")
    return partial(encoder.predict, verbose=0), partial(decoder.predict, verbose=0)


def plane(healthy, ill) -> dict:
    """Learn a plane of heads; return the decoder's weights and where each case lies on it."""
    images, pixel_noise = healthy.images, 0.15
    with seeded(0):
        encoder, decoder = halves(images.mean(0), 2, (24, 64), heads=2)
        code = Sampling(2 * pixel_noise**2 / images[0].size)(encoder.output)
        model = keras.Model(encoder.input, decoder(code))
        train(model, images, images, schedule=_PLANE, loss="mse")
    both = np.concatenate([images[:90], ill.images])
    out = {"codes": encoder.predict(both, verbose=0)[0].astype(np.float16)}
    out["ill"] = np.r_[np.zeros(90, bool), np.ones(len(ill), bool)]
    out["pictures"] = to_bytes(both[..., 0])[:, ::2, ::2]
    for k, weight in enumerate(decoder.get_weights()):
        out[f"w{k}"] = weight.astype(np.float16)
    return out


def anomalies(healthy, mixed) -> dict:
    """Learn what healthy heads look like; return new ones, some ill, and their reconstructions."""
    encode, decode = dense(healthy.images, 16)
    drawn = to_bytes(decode(encode(mixed.images))[..., 0])
    return {
        "pictures": to_bytes(mixed.images[..., 0]),
        "drawn": drawn * (drawn > 2),
        "ill": mixed.labels.astype(bool),
        "masks": np.packbits(mixed.masks, axis=-1),
        "size_mm": mixed.table["size_mm"].astype(np.float16),
        "mean": to_bytes(healthy.images.mean(0)[..., 0]),
    }


def bottlenecks(healthy, subjects) -> dict:
    """Return pictures squeezed through bottlenecks of many sizes, one byte a number."""
    out = {"pictures": to_bytes(subjects[..., 0])}
    flat, new = healthy.images.reshape(len(healthy), -1), subjects.reshape(len(subjects), -1)
    for size in CODES:
        encode, decode = dense(healthy.images, size)
        codes = rounded(encode(subjects), encode(healthy.images))
        out[f"network{size}"] = to_bytes(decode(codes)[..., 0])
        pca = PCA(size).fit(flat)
        drawn = pca.inverse_transform(rounded(pca.transform(new), pca.transform(flat)))
        out[f"pca{size}"] = to_bytes(drawn.reshape(subjects.shape)[..., 0])
    return out


def rounded(codes, seen) -> np.ndarray:
    """Return codes that fit into one byte each, over the range of the codes that were seen."""
    low, high = seen.min(0), seen.max(0)
    steps = np.round(255 * np.clip((codes - low) / np.maximum(high - low, 1e-6), 0, 1))
    return low + steps / 255 * (high - low)


def xrays(all_) -> dict:
    """Return chest X-rays of real children, a part of PneumoniaMNIST (CC BY 4.0), 28 × 28 bytes.

    300 healthy ones of the training part; of the validation part 60 healthy ones and then 60
    with pneumonia; of the test part 120 and 120.
    """
    rng = np.random.default_rng(0)
    parts = {}
    for name, part, counts in (
        ("healthy", "train", (300, 0)),
        ("choice", "validation", (60, 60)),
        ("test", "test", (120, 120)),
    ):
        mine = [np.flatnonzero((all_.part == part) & (all_.labels == kind)) for kind in (0, 1)]
        chosen = [rng.permutation(m)[:n] for m, n in zip(mine, counts, strict=True)]
        parts[name] = to_bytes(all_.images[np.concatenate(chosen), ..., 0])
    return parts


def make(name: str, folder) -> Path:
    """Train what the file ``autoencoder_<name>.npz`` holds and store it; return the file."""
    makers = {
        "plane": lambda: plane(heads(480, 1), heads(60, 2, prevalence=1.0)),
        "anomalies": lambda: anomalies(heads(480, 1), heads(60, 3, prevalence=0.5)),
        "bottlenecks": lambda: bottlenecks(heads(480, 1), _subjects()),
        "xrays": lambda: xrays(load("pneumoniamnist", size=28)),
    }
    return shipped.save(folder, f"autoencoder_{name}", **makers[name]())


def _subjects():
    """Return a healthy head, one with a stroke, and two pictures of another world."""
    stroke = heads(1, 11, prevalence=1.0, radius_mm=(12.0, 16.0), share=(0.7, 0.8))
    other = heads(1, 12, task="ct_bleed", prevalence=1.0)
    breast = heads(1, 13, task="us_breast", prevalence=1.0)
    return np.concatenate([d.images for d in (heads(1, 10), stroke, other, breast)])
