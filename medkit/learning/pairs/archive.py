"""What the archive taught: five networks, trained once, before anybody asked today's questions.

1,500 frames of hearts and 1,500 traces of an ECG. Reports measured some of what is in them
(`MEASURED`); two networks learned to measure the same. Two autoencoders and one judge of a
GAN saw the patients without their reports. `make` trains all five in about a minute of CPU
time and stores their first layers, up to the 16 features, as ``datasets/pairs_archive.npz``.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from medkit import kit
from medkit.data.tasks import hearts
from medkit.learning.backend import keras
from medkit.learning.pairs import networks
from medkit.learning.pairs.networks import Duel, coder, topped

PATIENTS, SEED = 1500, 36
#: Those whose body reads frames; the others read traces.
OF_FRAMES = ("cnn", "autoencoder", "judge")


@lru_cache(maxsize=2)
def patients(kind: str):
    """Return the archive's "frames" or "traces", and their reports in standard deviations."""
    draw = {"frames": hearts.heart_frames, "traces": hearts.ecg_traces}[kind]
    x, facts = draw(PATIENTS, rng=SEED)
    table = np.stack(list(facts.values()), 1)
    return x, (table - table.mean(0)) / table.std(0)


def body(name: str):
    """Return the archive's "cnn", "rnn", "autoencoder", "sequences" or "judge", ready to use.

    Each goes from frames (n, 24, 24, 1) or traces (n, 48, 1) to `FEATURES` numbers.
    """
    network = networks.image_body() if name in OF_FRAMES else networks.trace_body()
    with np.load(kit.root() / "datasets" / "pairs_archive.npz") as file:
        network.set_weights([file[f"{name}_{k}"] for k in range(len(network.weights))])
    return network


def _learn(network, x, y, *, epochs, loss="mse", rate=3e-3, batch=32, momentum=0.9):
    network.compile(keras.optimizers.Adam(rate, beta_1=momentum), loss=loss)
    network.fit(x, y, epochs=epochs, batch_size=batch, verbose=0)


def make(folder) -> Path:
    """Train the five, one after the other, and store their bodies."""
    (frames, measured), (traces, timed) = patients("frames"), patients("traces")
    slow, learned = {"epochs": 40, "rate": 1e-2, "batch": 64}, {}

    def keep(name, reader):
        learned.update({f"{name}_{k}": weight for k, weight in enumerate(reader.get_weights())})

    keras.utils.set_random_seed(SEED)
    reader = networks.image_body()
    _learn(topped(reader, 4), frames, measured, epochs=14)
    keep("cnn", reader)
    reader = networks.trace_body()
    _learn(topped(reader, 3), traces, timed, **slow)
    keep("rnn", reader)
    reader = networks.image_body()
    _learn(coder(reader, networks.image_writer()), frames, frames, epochs=20)
    keep("autoencoder", reader)
    reader = networks.trace_body()
    _learn(coder(reader, networks.trace_writer()), traces, traces, **slow)
    keep("sequences", reader)
    reader = networks.image_body()
    duel, nothing = Duel(networks.image_writer(), topped(reader)), np.zeros(PATIENTS)
    _learn(duel, frames, nothing, loss=None, epochs=12, rate=1e-3, momentum=0.5)
    keep("judge", reader)
    file = Path(folder) / "pairs_archive.npz"
    np.savez_compressed(file, **learned)
    return file
