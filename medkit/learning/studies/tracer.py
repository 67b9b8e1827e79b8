"""The network of ``40_heart`` that traces the left ventricle in an apical echo picture.

It is stored as ``datasets/tracer.npz``, in half precision; `medkit.authoring.datasets` makes it
anew in five minutes of CPU time.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from medkit.data.sets import shipped
from medkit.data.tasks import ventricles
from medkit.learning.networks.unet import QUICK, UNet

#: The seed of the hearts to learn from, which no notebook uses for those it judges.
SEED, HEARTS, EPOCHS, WIDTH = 40_000, 1500, 14, 10


def make(folder) -> Path:
    """Train the network and store it; return the file."""
    model = UNet(WIDTH, schedule=replace(QUICK, epochs=EPOCHS, batch_size=32))
    model.fit(*ventricles.lessons(HEARTS, SEED))
    held = {f"w{k:02d}": w.astype(np.float16) for k, w in enumerate(model.model_.get_weights())}
    return shipped.save(folder, "tracer", **held)


def load(size: int = ventricles.SIZE) -> UNet:
    """Return the stored network, for square pictures of `size` pixels."""
    held, tracer = shipped.arrays("tracer"), UNet(WIDTH)
    tracer.model_ = tracer.build((size, size, 1))
    tracer.model_.set_weights([held[key].astype(np.float32) for key in sorted(held)])
    return tracer
