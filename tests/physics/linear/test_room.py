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


class Matrix(LinearOperator):
    """A dense matrix of complex numbers: what every equation can be held against."""

    input_dtype = output_dtype = np.dtype(np.complex128)

    def __init__(self, rows, columns, seed):
        rng = np.random.default_rng(seed)
        self.matrix = rng.standard_normal((rows, columns, 2)) @ [1, 1j]
        self.input_shape, self.output_shape = (columns,), (rows,)

    def _forward(self, x):
        return self.matrix @ x

    def _adjoint(self, y):
        return self.matrix.conj().T @ y


def dense(operator):
    return np.stack([operator @ e for e in np.eye(*2 * operator.input_shape)], axis=1)


def test_operators_compose_as_their_matrices_do():
    a, b, c = Matrix(5, 4, 0), Matrix(4, 7, 1), Matrix(7, 3, 2)
    product = a.matrix @ b.matrix @ c.matrix
    for operator in (a @ b @ c, a @ (b @ c)):
        np.testing.assert_allclose(dense(operator), product)
        np.testing.assert_allclose(dense(operator.H), product.conj().T)
        np.testing.assert_allclose(dense(operator.H @ operator), product.conj().T @ product)
        np.testing.assert_allclose(operator.normal(np.eye(3)[1]), product.conj().T @ product[:, 1])
        assert dot_test(operator, 3) < 1e-14
        assert dot_test(operator.H, 4) < 1e-14
    np.testing.assert_allclose(dense((a @ b).H), dense(b.H @ a.H))
    assert a.H.H is a
    assert repr((a @ b).H) == "Matrix.H @ Matrix.H"


def test_a_composition_takes_the_short_cut_of_its_outer_operator():
    class Unitary(Matrix):
        def normal(self, x):
            return 7 * x  # told apart from A*A x

    operator = Unitary(4, 4, 0) @ Matrix(4, 3, 1)
    plain = operator.inner.matrix
    np.testing.assert_allclose(operator.normal(np.ones(3)), 7 * plain.conj().T @ plain.sum(axis=1))


def test_real_operators_compose_too():
    beam = ParallelBeam((12, 12), VIEWS)
    filtered = ParallelBeam((12, 12), VIEWS[:5]) @ beam.H @ beam
    assert filtered.output_shape == (5, 12)
    assert dot_test(filtered, 0) < 1e-6


@pytest.mark.parametrize(
    ("outer", "match"),
    [
        (
            lambda: Matrix(5, 4, 0),
            r"^Matrix @ Matrix\.H does not fit: Matrix\.H gives complex "
            r"arrays of shape \(6,\), Matrix takes complex arrays of shape \(4,\)$",
        ),
        (lambda: ParallelBeam((6,) * 2, [0]), "takes real arrays"),
    ],
)
def test_what_does_not_fit_is_refused_before_it_runs(outer, match):
    with pytest.raises(ValueError, match=match):
        outer() @ Matrix(8, 6, 0).H


def test_an_array_stands_on_the_right():
    a = Matrix(5, 4, 0)
    with pytest.raises(ValueError, match=r"Matrix takes object of shape \(4,\), got \(5,\)"):
        a @ np.ones(5)
    with pytest.raises(TypeError, match="unsupported operand"):
        np.ones(5) @ a


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
