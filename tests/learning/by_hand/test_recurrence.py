"""Recurrence by hand, against finite differences and against Keras' layers."""

import numpy as np
import pytest

from medkit.learning.by_hand import recurrence


def weights(cell, inputs=3, width=4, seed=0):
    rng = np.random.default_rng(seed)
    gates = {"simple": 1, "gru": 3, "lstm": 4}[cell]
    bias = (2, gates * width) if cell == "gru" else (gates * width,)
    shapes = (inputs, gates * width), (width, gates * width), bias
    return tuple(rng.normal(0, 0.6, shape) for shape in shapes)


@pytest.mark.parametrize("cell", ["simple", "gru", "lstm"])
def test_the_cells_are_those_of_keras(cell):
    from medkit.learning.backend import keras
    from medkit.learning.networks.rnn import CELLS

    sequence = np.random.default_rng(1).normal(size=(7, 3))
    layer = CELLS[cell](4, return_sequences=True)
    layer.build((None, 7, 3))
    layer.set_weights(weights(cell))
    theirs = keras.ops.convert_to_numpy(layer(sequence[None].astype(np.float32)))[0]
    np.testing.assert_allclose(recurrence.run(cell, sequence, weights(cell)), theirs, atol=2e-6)


def test_an_unknown_cell_is_named():
    with pytest.raises(ValueError, match="no cell 'elman'; there are simple, gru and lstm"):
        recurrence.run("elman", [[1.0]], weights("simple"))


def test_the_gradient_vanishes_as_the_product_of_slopes():
    # One unit, no input: h stays 0 where the slope of tanh is 1, so each step back
    # multiplies by the recurrent weight exactly.
    w, u, b = np.zeros((1, 1)), np.array([[0.5]]), np.zeros(1)
    through = recurrence.sent_back("simple", np.zeros((11, 1)), (w, u, b), [1.0])
    np.testing.assert_allclose(through[:, 0], 0.5 ** np.arange(10, -1, -1))


def test_only_the_singular_value_bounds_a_gradient():
    """In three of three seeds the eigenvalue's power is passed, the singular value's never."""
    for seed in range(3):
        start = recurrence.random_weights("simple", 1, 16, radius=0.9, rng=seed)
        largest = np.linalg.norm(start[1], 2)
        steps = range(1, 41)
        norms = np.array([np.linalg.norm(np.linalg.matrix_power(start[1], k), 2) for k in steps])
        assert (norms <= largest ** np.array(steps) * (1 + 1e-12)).all()
        assert (norms > 0.9 ** np.array(steps)).all()


def test_a_wide_open_lstm_remembers_and_a_simple_cell_forgets():
    w, u, b = (np.zeros(shape) for shape in ((1, 4), (1, 4), (4,)))
    w[0, 2] = 3.0  # the candidate sees the input
    w[0, 0] = 10.0  # the input gate opens with it
    b[:] = [-5, 20, 0, 20]  # otherwise: closed, remember, nothing new, show
    sequence = np.zeros((50, 1))
    sequence[0] = 1
    lstm = recurrence.run("lstm", sequence, (w, u, b))[:, 0]
    simple = recurrence.run("simple", sequence, (np.eye(1), 0.9 * np.eye(1), np.zeros(1)))[:, 0]
    assert lstm[-1] > 0.99 * lstm[0] > 0.5
    assert simple[-1] < 0.01 * simple[0]


@pytest.mark.parametrize("cell", ["simple", "gru", "lstm"])
def test_slopes_equal_finite_differences(cell):
    rng = np.random.default_rng(4)
    start, sequence, last = weights(cell), rng.normal(size=(6, 3)), rng.normal(size=4)
    back = recurrence.sent_back(cell, sequence, start, last)
    steps = {"simple": recurrence.simple_step, "gru": recurrence.gru_step}

    def loss(first):
        state = first
        for x in sequence[1:]:
            if cell == "lstm":
                state = np.concatenate(recurrence.lstm_step(x, np.split(state, 2), start))
            else:
                state = steps[cell](x, state, start)
        return state[:4] @ last

    zero = np.zeros(4)
    first = (
        np.concatenate(recurrence.lstm_step(sequence[0], (zero, zero), start))
        if cell == "lstm"
        else steps[cell](sequence[0], zero, start)
    )
    moves = 1e-6 * np.eye(len(first))
    numeric = [(loss(first + move) - loss(first - move)) / 2e-6 for move in moves]
    np.testing.assert_allclose(back[0], numeric, atol=1e-8)


@pytest.mark.parametrize("cell", ["simple", "gru", "lstm"])
def test_random_weights_have_the_radius_asked_for(cell):
    _, u, b = recurrence.random_weights(cell, 2, 6, radius=0.7, keep=2.0, rng=0)
    for block in np.split(u, u.shape[1] // 6, axis=1):
        assert np.abs(np.linalg.eigvals(block)).max() == pytest.approx(0.7)
    assert (b == 2.0).sum() == (0 if cell == "simple" else 6)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gates_are_those_that_make_the_states(cell):
    start, sequence = weights(cell), np.random.default_rng(6).normal(size=(8, 3))
    seen, states = recurrence.gates(cell, sequence, start), recurrence.run(cell, sequence, start)
    assert all(((v > 0) & (v < 1)).all() for k, v in seen.items() if k != "memory")
    if cell == "lstm":
        np.testing.assert_allclose(seen["show"] * np.tanh(seen["memory"]), states)
        fresh = seen["memory"][1:] - seen["keep"][1:] * seen["memory"][:-1]
        assert (np.abs(fresh) <= seen["let in"][1:] + 1e-12).all()
    else:
        np.testing.assert_allclose(seen["memory"], states)
        fresh = states[1:] - seen["keep"][1:] * states[:-1]
        assert (np.abs(fresh) <= 1 - seen["keep"][1:] + 1e-12).all()
    with pytest.raises(ValueError, match="no gates"):
        recurrence.gates("simple", sequence, start)
