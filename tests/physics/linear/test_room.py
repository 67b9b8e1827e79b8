"""Every scanner's forward and adjoint are a true pair: ⟨Ax, y⟩ = ⟨x, A*y⟩."""

import numpy as np
import pytest

from medkit.physics.linear import LinearOperator, dot_test
from medkit.physics.linear.projection import ParallelBeam

VIEWS = np.arange(0, 180, 7.3)

OPERATORS = {
    "square": lambda: ParallelBeam((48, 48), VIEWS),
    "single pixel": lambda: ParallelBeam((1, 1), [0, 30], 3),
    "tall and a full turn": lambda: ParallelBeam((60, 31), np.arange(-190, 360, 11.0)),
    "wide": lambda: ParallelBeam((20, 70), VIEWS, 64, spacing_mm=0.7),
    "stack": lambda: ParallelBeam((3, 24, 24), VIEWS),
    "truncated and off centre": lambda: ParallelBeam((40, 40), VIEWS, 21, axis_bin=7.3),
    "coarse bins": lambda: ParallelBeam((40, 40), VIEWS, 15, detector_spacing_mm=2.7),
    "fine bins": lambda: ParallelBeam((40, 40), VIEWS, 99, detector_spacing_mm=0.4),
    "diagonals": lambda: ParallelBeam((33, 33), [45, 135, 225, 315, 90, 180, 270]),
    "moving axis": lambda: ParallelBeam((33, 33), [0, 50, 99], axis_bin=[15.0, 18.2, 16.4]),
    "several rays a bin": lambda: ParallelBeam((33, 33), VIEWS, rays_per_bin=3),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_forward_and_adjoint_are_a_pair(name):
    # Single precision sums of this length are good to about 1e-7 of the norms.
    assert dot_test(OPERATORS[name](), rng=1) < 1e-6


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_are_linear(name):
    operator, rng = OPERATORS[name](), np.random.default_rng(2)
    a, b = rng.standard_normal((2, *operator.input_shape)).astype(np.float32)
    together = operator.forward(2 * a - 3 * b)
    apart = 2 * operator.forward(a) - 3 * operator.forward(b)
    np.testing.assert_allclose(together, apart, atol=1e-4 * max(1, np.abs(apart).max()))


def test_dot_test_sees_a_wrong_adjoint():
    class Wrong(LinearOperator):
        input_shape = output_shape = (8,)

        def _forward(self, x):
            return np.roll(x, 1)

        def _adjoint(self, y):
            return np.roll(y, 1)

    assert dot_test(Wrong(), rng=0) > 1e-2


@pytest.mark.parametrize("way", ["forward", "adjoint"])
def test_a_wrong_shape_says_what_is_expected(way):
    operator = ParallelBeam((8, 8), [0, 90])
    with pytest.raises(ValueError, match=r"takes .* of shape .*got \(5, 5\)"):
        getattr(operator, way)(np.zeros((5, 5)))


def test_inputs_are_not_modified():
    operator = ParallelBeam((8, 8), [0, 20, 90], rays_per_bin=2)
    x, y = np.ones((8, 8), np.float32), np.ones((3, 8), np.float32)
    operator.forward(x), operator.adjoint(y), operator.backproject(y)
    assert np.all(x == 1)
    assert np.all(y == 1)
