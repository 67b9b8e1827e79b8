"""Networks that learn for a few steps only are not compiled for it."""

from contextlib import contextmanager
from functools import partialmethod

import pytest


@contextmanager
def step_by_step():
    from medkit.learning.backend import keras

    with pytest.MonkeyPatch.context() as patch:
        plain = partialmethod(keras.Model.compile, run_eagerly=True)
        patch.setattr(keras.Model, "compile", plain)
        yield


@pytest.fixture
def eagerly():
    """Keras computes step by step in this test: to compile a network takes longer than 20 steps.

    Each network of the kit is also trained compiled, in `networks/smoke.py` if not beside.
    """
    with step_by_step():
        yield


@pytest.fixture(scope="module")
def all_eagerly():
    """The same for a whole file, fixtures included."""
    with step_by_step():
        yield
