"""Linear operators: one contract for every scanner.

A scanner that sees linearly maps an object x to data y = A x (`forward`); the
way back is the adjoint, not the inverse: ⟨A x, y⟩ = ⟨x, A* y⟩. Reconstruction
(`medkit.physics.linear.reconstruction`) needs nothing but these two.

Operators are written as in an equation: ``A @ x`` applies, ``A @ B`` is the operator that
applies B and then A, and ``A.H`` is the adjoint as an operator of its own. So
``A.H @ (A @ x - y)`` is the gradient of ½‖A x − y‖².
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
    __array_ufunc__ = None  # `array @ operator` is an error, not an array of operators

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

    def __repr__(self):
        return type(self).__name__

    @property
    def H(self) -> "LinearOperator":
        """The adjoint A*, as an operator."""
        return _Adjoint(self)

    def __matmul__(self, other):
        """Return the operator ``self @ other`` for an operator, `forward` of an array.

        Raises
        ------
        ValueError
            If `other` is, or gives, something that `forward` does not take.
        """
        if isinstance(other, LinearOperator):
            return _Composition(self, other)
        return self.forward(other)

    def _checked(self, array, shape, dtype, role):
        array = np.ascontiguousarray(array, dtype=dtype)
        if array.shape != tuple(shape):
            raise ValueError(f"{self} takes {role} of shape {tuple(shape)}, got {array.shape}")
        return array

    @abstractmethod
    def _forward(self, x):
        """Compute A x for a checked, contiguous x."""

    @abstractmethod
    def _adjoint(self, y):
        """Compute A* y for a checked, contiguous y."""


class _Adjoint(LinearOperator):
    def __init__(self, operator):
        self._operator = operator
        self.input_shape, self.output_shape = operator.output_shape, operator.input_shape
        self.input_dtype, self.output_dtype = operator.output_dtype, operator.input_dtype

    def __repr__(self):
        return f"{self._operator}.H"

    @property
    def H(self):
        return self._operator

    def _forward(self, y):
        return self._operator.adjoint(y)

    def _adjoint(self, x):
        return self._operator.forward(x)


def _arrays(shape, dtype):
    """Say what arrays an operator gives or takes."""
    return f"{'complex' if np.dtype(dtype).kind == 'c' else 'real'} arrays of shape {tuple(shape)}"


class _Composition(LinearOperator):
    def __init__(self, outer, inner):
        given = _arrays(inner.output_shape, inner.output_dtype)
        taken = _arrays(outer.input_shape, outer.input_dtype)
        if given != taken:
            raise ValueError(
                f"{outer} @ {inner} does not fit: {inner} gives {given}, {outer} takes {taken}"
            )
        self.outer, self.inner = outer, inner
        self.input_shape, self.output_shape = inner.input_shape, outer.output_shape
        self.input_dtype, self.output_dtype = inner.input_dtype, outer.output_dtype

    def __repr__(self):
        return f"{self.outer} @ {self.inner}"

    @property
    def H(self):
        return self.inner.H @ self.outer.H

    def _forward(self, x):
        return self.outer.forward(self.inner.forward(x))

    def _adjoint(self, y):
        return self.inner.adjoint(self.outer.adjoint(y))

    def normal(self, x: np.ndarray) -> np.ndarray:
        """Return B*A*A B x by way of the outer operator's short cut for A*A."""
        return self.inner.adjoint(self.outer.normal(self.inner.forward(x)))


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
