"""Linear operators: one contract for every scanner.

A scanner that sees linearly maps an object x to data y = A x (`forward`); the
way back is the adjoint, not the inverse: ⟨A x, y⟩ = ⟨x, A* y⟩. Reconstruction
(`medkit.physics.linear.reconstruction`) needs nothing but these two.
"""

from abc import ABC, abstractmethod

import numpy as np


class LinearOperator(ABC):
    """A linear map between arrays, with its exact adjoint.

    Attributes
    ----------
    input_shape, output_shape : tuple of int
        Shapes of x and of y = A x.
    input_dtype, output_dtype : dtype
        Real or complex kind of x and y.
    """

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    input_dtype = np.dtype(np.float32)
    output_dtype = np.dtype(np.float32)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return A x.

        Raises
        ------
        ValueError
            If `x` does not have `input_shape`.
        """
        return self._forward(self._checked(x, self.input_shape, self.input_dtype, "object"))

    def adjoint(self, y: np.ndarray) -> np.ndarray:
        """Return A* y.

        Raises
        ------
        ValueError
            If `y` does not have `output_shape`.
        """
        return self._adjoint(self._checked(y, self.output_shape, self.output_dtype, "data"))

    def normal(self, x: np.ndarray) -> np.ndarray:
        """Return A*A x; operators that know a short cut override this."""
        return self.adjoint(self.forward(x))

    def _checked(self, array, shape, dtype, role):
        array = np.ascontiguousarray(array, dtype=dtype)
        if array.shape != tuple(shape):
            raise ValueError(
                f"{type(self).__name__} takes {role} of shape {tuple(shape)}, got {array.shape}"
            )
        return array

    @abstractmethod
    def _forward(self, x):
        """Compute A x for a checked, contiguous x."""

    @abstractmethod
    def _adjoint(self, y):
        """Compute A* y for a checked, contiguous y."""


def dot_test(operator: LinearOperator, rng=None) -> float:
    r"""Measure how far an operator's pair is from adjoint.

    Parameters
    ----------
    operator : LinearOperator
        The pair to test.
    rng : None, int or numpy.random.Generator
        Randomness of x and y.

    Returns
    -------
    float
        \\|⟨A x, y⟩ − ⟨x, A* y⟩\\| / (‖A x‖ ‖y‖) for random x and y; 0 for an exact pair.
    """
    rng = np.random.default_rng(rng)

    def draw(shape, dtype):
        real = rng.standard_normal(shape)
        if np.issubdtype(dtype, np.complexfloating):
            real = real + 1j * rng.standard_normal(shape)
        return real.astype(dtype)

    x = draw(operator.input_shape, operator.input_dtype)
    y = draw(operator.output_shape, operator.output_dtype)
    ax, aty = operator.forward(x).astype(np.complex128), operator.adjoint(y).astype(np.complex128)
    gap = np.vdot(ax, y) - np.vdot(x.astype(np.complex128), aty)
    return float(abs(gap) / (np.linalg.norm(ax) * np.linalg.norm(y)))
