"""Keras, imported once and quietly; the backend is the learner's choice.

``KERAS_BACKEND`` (tensorflow by default, jax, torch) is read when this module is first
imported. A ``keras.json`` that somebody once wrote does not count: the kit's networks are
written for channels last and 32 bits. TensorFlow writes start-up lines to the process's
error stream from C++, past Python's: they would land in notebooks. They are held back here,
and shown after all if the import fails.
"""

import logging
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def _held_back() -> Iterator[None]:
    """Send file descriptor 2 into a file meanwhile; print it only if something fails."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as lines:
        os.dup2(lines.fileno(), 2)
        try:
            yield
        except BaseException:
            lines.seek(0)
            os.write(kept, lines.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
with _held_back():
    import keras

    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.ops.zeros(1)  # the first operation looks for devices, and writes about them

# It warns of every network compiled anew: with a dozen small ones in a notebook, rightly so.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make what Keras draws repeatable, and leave Python's and NumPy's own state alone.

    Parameters
    ----------
    seed : int
        Equal seeds give equal weights, shuffles and dropouts on one backend and machine.
    """
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - Keras seeds it
    try:
        keras.utils.set_random_seed(int(seed))
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002 - Keras seeds it
