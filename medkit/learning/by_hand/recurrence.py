"""Recurrence by hand: one step of each cell, its gates, and gradients sent back through time.

Everything here is NumPy, with the layout of Keras' weights, so that a trained layer can
be replayed step by step. Sequences have the shape (steps, inputs), states (steps, width).
"""

import numpy as np


def sigmoid(x) -> np.ndarray:
    """Return 1 / (1 + exp(−x)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(x)))


def simple_step(x, h, weights) -> np.ndarray:
    r"""Return the next state of a simple cell, :math:`h' = \tanh(x W + h U + b)`.

    Parameters
    ----------
    x : numpy.ndarray
        Input of this step, shape (inputs,).
    h : numpy.ndarray
        State before it, shape (width,).
    weights : tuple of numpy.ndarray
        (W, U, b) of shapes (inputs, width), (width, width) and (width,).

    References
    ----------
    Elman (1990), doi:10.1207/s15516709cog1402_1.
    """
    w, u, b = weights
    return np.tanh(x @ w + h @ u + b)


def gru_step(x, h, weights) -> np.ndarray:
    r"""Return the next state of a gated recurrent unit.

    The update gate z keeps, the reset gate r forgets before the candidate is formed:
    :math:`h' = z h + (1 - z) \tanh(x W_h + b_h + r (h U_h + c_h))`.

    Parameters
    ----------
    x, h : numpy.ndarray
        Input (inputs,) and state (width,).
    weights : tuple of numpy.ndarray
        (W, U, b) of shapes (inputs, 3·width), (width, 3·width) and (2, 3·width): the
        columns are z, r and the candidate; b holds input and recurrent biases.

    References
    ----------
    Cho et al. (2014), doi:10.3115/v1/D14-1179.
    """
    w, u, b = weights
    zx, rx, cx = np.split(x @ w + b[0], 3, axis=-1)
    zh, rh, ch = np.split(h @ u + b[1], 3, axis=-1)
    z, r = sigmoid(zx + zh), sigmoid(rx + rh)
    return z * h + (1 - z) * np.tanh(cx + r * ch)


def lstm_step(x, state, weights) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the next (h, c) of a long short-term memory cell.

    The memory c changes by addition, :math:`c' = f c + i \tanh(g)`, which is why its
    gradient survives; what is shown of it is :math:`h' = o \tanh(c')`.

    Parameters
    ----------
    x : numpy.ndarray
        Input of this step, shape (inputs,).
    state : tuple of numpy.ndarray
        (h, c), each of shape (width,).
    weights : tuple of numpy.ndarray
        (W, U, b) of shapes (inputs, 4·width), (width, 4·width) and (4·width,): the
        columns are the gates i, f, the candidate g and the gate o.

    References
    ----------
    Hochreiter and Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735.
    """
    w, u, b = weights
    h, c = state
    i, f, g, o = np.split(x @ w + h @ u + b, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def step(cell: str, x, state, weights) -> np.ndarray:
    """Return the next state of any cell; that of an LSTM is h and c side by side."""
    if cell == "lstm":
        return np.concatenate(lstm_step(x, np.split(state, 2, axis=-1), weights), axis=-1)
    return (simple_step if cell == "simple" else gru_step)(x, state, weights)


def _states(cell, sequence, weights):
    """Return the zero state, and that after every step of a sequence."""
    if cell not in ("simple", "gru", "lstm"):
        raise ValueError(f"no cell {cell!r}; there are simple, gru and lstm")
    width = len(weights[1])
    states = [np.zeros(2 * width if cell == "lstm" else width)]
    for x in np.asarray(sequence, float):
        states.append(step(cell, x, states[-1], weights))
    return np.array(states)


def run(cell: str, sequence, weights) -> np.ndarray:
    """Return the state after every step of a sequence, starting from zero.

    Parameters
    ----------
    cell : {"simple", "gru", "lstm"}
    sequence : array_like
        Shape (steps, inputs).
    weights : tuple of numpy.ndarray
        As the step function of the cell takes them; ``layer.get_weights()`` of Keras fits.

    Returns
    -------
    numpy.ndarray
        Shape (steps, width).

    Raises
    ------
    ValueError
        If there is no such cell.

    Examples
    --------
    >>> run("simple", [[1.0], [0.0]], (np.eye(1), np.eye(1), np.zeros(1))).round(2).tolist()
    [[0.76], [0.64]]
    """
    return _states(cell, sequence, weights)[1:, : len(weights[1])]


def gates(cell: str, sequence, weights) -> dict[str, np.ndarray]:
    """Return how far each gate is open at each step, and what is kept.

    Parameters
    ----------
    cell : {"gru", "lstm"}
    sequence : array_like
        Shape (steps, inputs).
    weights : tuple of numpy.ndarray

    Returns
    -------
    dict of str to numpy.ndarray
        Each (steps, width). Of the LSTM "keep" (f), "let in" (i), "show" (o), from 0 to 1, and
        its "memory" (c); of the gated unit "keep" (z), "look back" (r) and its "memory" (h).
    """
    if cell not in ("gru", "lstm"):
        raise ValueError(f"a cell {cell!r} has no gates; there are gru and lstm")
    w, u, b = weights
    x, states = np.asarray(sequence, float), _states(cell, sequence, weights)
    if cell == "gru":
        z, r, _ = np.split(x @ w + b[0] + states[:-1] @ u + b[1], 3, axis=-1)
        return {"keep": sigmoid(z), "look back": sigmoid(r), "memory": states[1:]}
    h, c = np.split(states, 2, axis=-1)
    i, f, _, o = np.split(x @ w + h[:-1] @ u + b, 4, axis=-1)
    return {"keep": sigmoid(f), "let in": sigmoid(i), "show": sigmoid(o), "memory": c[1:]}


def random_weights(cell: str, inputs: int, width: int, *, radius=1.0, keep=0.0, rng=None) -> tuple:
    """Return random weights of a cell, with recurrent weights of a chosen strength.

    Parameters
    ----------
    cell : {"simple", "gru", "lstm"}
    inputs, width : int
    radius : float
        Largest absolute eigenvalue of the recurrent weights, of every gate.
    keep : float
        Bias of the gate that keeps: z of the gated unit, f of the LSTM.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    tuple of numpy.ndarray
        (W, U, b) as the step functions take them.
    """
    rng = np.random.default_rng(rng)
    gates = {"simple": 1, "gru": 3, "lstm": 4}[cell]
    blocks = [rng.normal(size=(width, width)) for _ in range(gates)]
    u = np.hstack([radius * block / np.abs(np.linalg.eigvals(block)).max() for block in blocks])
    b = np.zeros((2, gates * width) if cell == "gru" else gates * width)
    if cell == "gru":
        b[0, :width] = keep
    if cell == "lstm":
        b[width : 2 * width] = keep
    return rng.normal(0, inputs**-0.5, (inputs, gates * width)), u, b


def sent_back(cell: str, sequence, weights, gradient) -> np.ndarray:
    """Return the gradient of each state, given that of the last one, for any cell.

    Each step's slopes are measured, exactly, by a step into the complex plane: for an analytic
    f, the imaginary part of f(h + iε) is ε f'(h).

    Parameters
    ----------
    cell : {"simple", "gru", "lstm"}
    sequence : array_like
        Shape (steps, inputs).
    weights : tuple of numpy.ndarray
    gradient : array_like
        ∂loss/∂h of the last step, shape (width,).

    Returns
    -------
    numpy.ndarray
        Shape (steps, width); for the LSTM (steps, 2·width): of h and of its memory c.

    References
    ----------
    Squire & Trapp (1998), doi:10.1137/S003614459631241X.
    """
    states = _states(cell, sequence, weights)
    size = states.shape[1]
    out = np.zeros((len(sequence), size))
    out[-1, : len(weights[1])] = gradient
    for t in range(len(sequence) - 1, 0, -1):
        complex_states = states[t] + 1e-30j * np.eye(size)
        slopes = step(cell, sequence[t], complex_states, weights).imag / 1e-30
        out[t - 1] = slopes @ out[t]
    return out
