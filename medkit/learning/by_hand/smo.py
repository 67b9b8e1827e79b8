r"""A support vector machine by hand: kernels, and sequential minimal optimisation.

The machine looks for the widest street between two classes. Its dual problem gives each
sample i a weight :math:`\alpha_i`,

.. math:: \max_\alpha \sum_i \alpha_i - \tfrac12 \sum_{ij} \alpha_i \alpha_j y_i y_j K_{ij},
          \qquad 0 \le \alpha_i \le C, \qquad \sum_i \alpha_i y_i = 0,

with labels :math:`y_i = \pm 1` and kernel values :math:`K_{ij}`. Because of the sum no weight
can move alone; so the algorithm moves two at a time, for which the best step is known in
closed form.

References
----------
Platt 1998, Sequential minimal optimization, Microsoft Research MSR-TR-98-14.
Fan, Chen, Lin 2005, J. Mach. Learn. Res. 6, 1889: which two to move.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted


def linear(a, b) -> np.ndarray:
    """Return the products a·b of each row of `a` (n, d) with each of `b` (m, d): (n, m)."""
    return a @ b.T


def polynomial(a, b, gamma=1.0, degree=2) -> np.ndarray:
    """Return (γ a·b + 1)^degree, shape (n, m): the products of all terms up to that degree."""
    return (gamma * a @ b.T + 1) ** degree


def rbf(a, b, gamma=1.0) -> np.ndarray:
    """Return exp(−γ|a − b|²), shape (n, m): how alike two samples are, from 0 to 1."""
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.exp(-gamma * np.maximum(squares, 0))  # rounding may give -1e-16


def smo(gram, y, C=1.0, *, tolerance=1e-3, max_steps=100_000) -> tuple[np.ndarray, float]:
    """Solve the dual problem, two weights at a time.

    Parameters
    ----------
    gram : numpy.ndarray
        Kernel of each sample with each, shape (n, n).
    y : numpy.ndarray
        Labels -1 and +1, shape (n,).
    C : float
        The most that one sample may weigh.
    tolerance : float
        Stop when no pair disagrees about the bias by more.
    max_steps : int
        Stop at the latest after so many pairs.

    Returns
    -------
    alpha : numpy.ndarray
        Weight of each sample, shape (n,).
    bias : float
        So that f(x) = Σ α y K(x, ·) + bias.

    Raises
    ------
    RuntimeError
        If it is not done after `max_steps`.

    Examples
    --------
    >>> x, y = np.array([[0.0], [2.0]]), np.array([-1.0, 1.0])
    >>> alpha, bias = smo(linear(x, x), y)
    >>> alpha.tolist(), bias
    ([0.5, 0.5], -1.0)
    """
    alpha = np.zeros(len(y))
    wanted = y.astype(float)  # the bias that would put each sample on its edge of the street
    for _ in range(max_steps):
        # A step raises α_i y_i and lowers α_j y_j by as much: who has room for that?
        up = np.where(y > 0, alpha < C, alpha > 0)
        down = np.where(y > 0, alpha > 0, alpha < C)
        i = np.argmax(np.where(up, wanted, -np.inf))
        if wanted[i] - wanted[down].min() < tolerance:
            free = (alpha > 0) & (alpha < C)
            middle = (wanted[i] + wanted[down].min()) / 2
            return alpha, float(wanted[free].mean() if free.any() else middle)
        disagree = np.maximum(wanted[i] - wanted, 0) * down
        curvature = np.maximum(gram[i, i] + gram.diagonal() - 2 * gram[i], 1e-12)
        j = np.argmax(disagree**2 / curvature)  # the pair that gains most
        room_i = C - alpha[i] if y[i] > 0 else alpha[i]
        room_j = alpha[j] if y[j] > 0 else C - alpha[j]
        step = min(disagree[j] / curvature[j], room_i, room_j)
        alpha[i] = _into(alpha[i] + y[i] * step, C)
        alpha[j] = _into(alpha[j] - y[j] * step, C)
        wanted -= step * (gram[i] - gram[j])
    raise RuntimeError(
        f"not done after {max_steps} steps; scale the features, lower C or raise max_steps"
    )


def _into(alpha, C):
    """Put a weight on its bound if rounding left it next to it."""
    return 0.0 if alpha < 1e-12 * C else C if alpha > (1 - 1e-12) * C else alpha


def dual(alpha, y, gram) -> float:
    """Return what the dual problem maximises: Σα − ½ Σ α α y y K."""
    return float(alpha.sum() - 0.5 * (alpha * y) @ gram @ (alpha * y))


def primal(alpha, bias, y, gram, C=1.0) -> float:
    """Return what the primal problem minimises: ½|w|² + C Σ max(0, 1 − y f)."""
    f = gram @ (alpha * y) + bias
    return float(0.5 * (alpha * y) @ gram @ (alpha * y) + C * np.maximum(0, 1 - y * f).sum())


class HandmadeSVM(ClassifierMixin, BaseEstimator):
    """A support vector machine for two classes, to read; scikit-learn's SVC is the fast one.

    Parameters
    ----------
    kernel : {"linear", "polynomial", "rbf"}
    C : float
        The price of a sample on the wrong side of its edge.
    gamma : float
        Of the kernels "polynomial" and "rbf".
    degree : int
        Of the kernel "polynomial".
    tolerance : float
        As of `smo`.

    Attributes
    ----------
    classes_ : numpy.ndarray
        The two labels; the second is the positive one.
    alpha_ : numpy.ndarray
        The weight of each training sample, shape (n,); zero for all but support vectors.
    support_ : numpy.ndarray
        Places of the support vectors among the training samples.
    bias_ : float

    Examples
    --------
    >>> HandmadeSVM("linear").fit([[0.0], [2.0]], ["well", "ill"][::-1]).predict([[1.5]])
    array(['well'], dtype='<U4')
    """

    def __init__(self, kernel="rbf", C=1.0, gamma=1.0, degree=2, tolerance=1e-3):
        self.kernel, self.C, self.gamma, self.degree = kernel, C, gamma, degree
        self.tolerance = tolerance

    def gram(self, a, b) -> np.ndarray:
        """Return the kernel of each row of `a` (n, d) with each row of `b` (m, d)."""
        if self.kernel == "linear":
            return linear(a, b)
        if self.kernel == "polynomial":
            return polynomial(a, b, self.gamma, self.degree)
        if self.kernel == "rbf":
            return rbf(a, b, self.gamma)
        raise ValueError(f"kernel {self.kernel!r}; choose linear, polynomial or rbf")

    def fit(self, x, y):
        """Find the weights; `x` has shape (n, d), `y` two different labels."""
        x, y = np.asarray(x, float), np.asarray(y)
        self.classes_, code = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(f"classes {self.classes_}; this machine tells two apart")
        signs = 2.0 * code - 1
        self.alpha_, self.bias_ = smo(self.gram(x, x), signs, self.C, tolerance=self.tolerance)
        self.support_ = np.flatnonzero(self.alpha_)
        self._vectors, self._weights = x[self.support_], (self.alpha_ * signs)[self.support_]
        return self

    def decision_function(self, x) -> np.ndarray:
        """Return f(x), shape (n,): 0 in the middle of the street, ±1 on its edges."""
        check_is_fitted(self, "alpha_")
        return self.gram(np.asarray(x, float), self._vectors) @ self._weights + self.bias_

    def predict(self, x) -> np.ndarray:
        """Return the label on whose side each sample lies, shape (n,)."""
        return self.classes_[(self.decision_function(x) > 0).astype(int)]
