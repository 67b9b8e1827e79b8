"""The explorers of ``22_deep_learning`` tell the truth, and so do the learner's own bricks."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from medkit.chapters.deep_learning import descent, exercises, explorers
from medkit.course.chapters import find_exercise
from medkit.learning.backend import keras

NOTEBOOK = Path(__file__).parents[3] / "notebooks/22_deep_learning.ipynb"


def loss(net, flat, x, y):
    f = net.forward(net.layers(flat), x)[-1][:, 0]
    return np.mean(np.logaddexp(0, f) - y * f)


class TestNet:
    @pytest.mark.parametrize("activation", explorers.ACTIVATIONS)
    def test_its_slopes_are_those_of_finite_differences(self, activation):
        rng = np.random.default_rng(0)
        net = explorers.Net((2, 5, 4, 1), activation)
        flat = net.start(rng).astype(float) + 0.1 * rng.normal(size=5 * 3 + 4 * 6 + 5)
        x, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
        slope, layers = np.empty_like(flat), net.layers(flat)
        out = net.forward(layers, x)
        net.backward(layers, out, (expit(out[-1]) - y[:, None]) / 20, net.layers(slope))
        step = 1e-6 * np.eye(len(flat))
        measured = [(loss(net, flat + s, x, y) - loss(net, flat - s, x, y)) / 2e-6 for s in step]
        np.testing.assert_allclose(slope, measured, atol=1e-7)

    def test_it_learns_as_keras_does(self):
        net, trace, _ = explorers.learned("moons", 0.1, 2, 6, "tanh", 0.02, 3)
        x, y = (part[: explorers.POINTS] for part in explorers.points("moons", 0.1, 3))
        dense = keras.layers.Dense
        model = keras.Sequential(
            [keras.Input((2,)), dense(6, "tanh"), dense(6, "tanh"), dense(1)],
        )
        model.set_weights(
            [w.reshape(-1, w.shape[-1]) if k % 2 == 0 else w[0] for k, w in pairs(net, trace[0])]
        )
        model.compile(
            keras.optimizers.Adam(0.02, beta_2=0.99),
            keras.losses.BinaryCrossentropy(from_logits=True),
        )
        for _ in range(25):
            model.train_on_batch(x, y)
        theirs = model.predict(x, verbose=0)
        np.testing.assert_allclose(net.forward(net.layers(trace[25]), x)[-1], theirs, atol=0.02)


def pairs(net, flat):
    """Number all weights and biases of a network as Keras lists them."""
    return enumerate(part for layer in net.layers(flat) for part in layer)


class TestPlayground:
    @pytest.mark.parametrize("layers", [1, 4])
    def test_without_a_bend_depth_is_a_straight_line(self, layers):
        x, y = (part[: explorers.POINTS] for part in explorers.points("spiral", 0.1, 0))
        line = LogisticRegression(C=np.inf).fit(x, y)
        best = log_loss(y, line.predict_proba(x)[:, 1])
        losses = explorers.learned("spiral", 0.1, layers, 8, "none", 0.05, 0)[2][:, 0]
        assert losses.min() > best - 1e-4
        assert losses[-1] == pytest.approx(best, abs=0.01)

    @pytest.mark.parametrize("plane", ["circles", "xor", "spiral", "moons"])
    def test_with_a_bend_it_learns_what_no_line_can_cut(self, plane):
        losses = explorers.learned(plane, 0.1, 2, 8, "tanh", 0.05, 0)[2]
        assert losses[-1, 0] < 0.02
        assert losses[-1, 1] < 0.25

    def test_unseen_points_are_others(self):
        x, _ = explorers.points("spiral", 0.1, 0)
        assert len(np.unique(x, axis=0)) == 2 * explorers.POINTS

    def test_a_map_is_what_the_network_says_there(self):
        picture = explorers.playground.picture(plane="circles", epoch=100)
        net, trace, _ = explorers.learned("circles", 0.1, 2, 8, "tanh", 0.05, 0)
        side, step = explorers.MAP, 2 * explorers.REACH / explorers.MAP
        row, column = 5, 30
        place = np.float32([[(column + 0.5) * step - 3, 3 - (row + 0.5) * step]])
        said = expit(net.forward(net.layers(trace[100]), place)[-1])[0, 0]
        assert picture.panels[0].pixels.shape == (side, side)
        assert picture.panels[0].pixels[row, column] == pytest.approx(said, abs=1e-5)


class TestBalls:
    @pytest.mark.parametrize("name", descent.SURFACES)
    def test_slopes_are_those_of_the_surface(self, name):
        surface, (u, v), h = descent.SURFACES[name], (0.7, -1.3), 1e-6
        _, du, dv = surface(u, v, 7.0)
        along = (surface(u + h, v, 7.0)[0] - surface(u - h, v, 7.0)[0]) / (2 * h)
        across = (surface(u, v + h, 7.0)[0] - surface(u, v - h, 7.0)[0]) / (2 * h)
        assert (du, dv) == pytest.approx((along, across), abs=1e-6)

    @pytest.mark.parametrize("name", descent.SURFACES)
    def test_no_surface_falls_below_nothing(self, name):
        side = np.linspace(-descent.REACH, descent.REACH, 400)
        ground = descent.SURFACES[name](side[None], side[:, None], 1.0)[0]
        assert -1e-9 < ground.min() < 0.05

    def test_sgd_in_a_valley_shrinks_by_the_same_factor_each_step(self):
        ways = descent.rolled("valley", 20.0, 0.2, 0.9, 0.0, (-2.6, 1.6), 0)
        t = np.arange(descent.STEPS + 1)
        np.testing.assert_allclose(ways[0, :, 0], -2.6 * 0.98**t, rtol=1e-9)
        np.testing.assert_allclose(ways[0, :, 1], 1.6 * 0.6**t, atol=1e-9)

    @pytest.mark.parametrize(("rate", "stays"), [(0.99, True), (1.01, False)])
    def test_it_flies_off_where_the_rate_passes_two_over_the_curvature(self, rate, stays):
        across = np.abs(descent.rolled("valley", 20.0, rate, 0.9, 0.0, (-2.6, 1.6), 0)[0, :, 1])
        assert (across[-1] < across[0]) == stays

    def test_momentum_that_keeps_nothing_is_sgd(self):
        ways = descent.rolled("saddle", 5.0, 0.3, 0.0, 0.2, (-2.0, 0.5), 1)
        np.testing.assert_allclose(ways[0], ways[1])

    def test_adam_does_not_care_how_steep_it_is(self):
        first = [descent.rolled("valley", n, 0.2, 0.9, 0.0, (-2.6, 1.6), 0)[2] for n in (2.0, 40.0)]
        np.testing.assert_allclose(*first, atol=1e-3)


def test_four_curves_show_what_the_answer_says():
    runs = {name: losses.T for name, losses in explorers.four_runs().items()}
    over, stiff, leaps, creeps = (runs[name] for name in "ABCD")
    assert over[1, -1] > over[1].min() + 0.1
    assert over[0, -1] < over[0, len(over[0]) // 2] < 0.45
    assert np.ptp(stiff[:, 10:]) < 0.05
    assert stiff[:, -1].min() > 0.5
    assert np.diff(leaps[0]).clip(0).sum() > 0.3
    assert (np.diff(creeps) < 0).all()
    assert creeps[0, -1] > 0.3
    truth = find_exercise("22_deep_learning.curves").answer.truth
    assert truth["C"] == "learning rate too high"


def test_just_two_labels_differ_from_the_tracing_and_one_can_see_it():
    images, said = explorers.doubtful()
    darker = images[:, 7:10, 7:10].mean((1, 2)) < images.mean((1, 2)) - 0.05
    wrong = {
        name for name, dark, label in zip("ABCDEFGH", darker, said, strict=True) if dark != label
    }
    assert wrong == explorers.WRONG == exercises.WRONG_LABELS.truth


def test_the_mended_network_beats_the_goal_and_no_single_repair_does():
    x, y, new, truth = exercises._tumours()
    assert exercises.MEND._area(exercises.MEND.observe(exercises.mended)["outputs"][0]) > 0.88
    for repair in ({"scale": False}, {"start": False}, {"down": False}):
        with np.errstate(all="ignore"):
            scores = exercises._broken(**repair)(x, y, new)
        wins = scores[truth == 1][:, None] > scores[truth == 0]
        assert wins.mean() < 0.5


@pytest.fixture(scope="module")
def bricks():
    """Run those cells of the notebook that define the learner's layers."""
    space: dict = {"np": np, "sigmoid": expit}
    for cell in nbformat.read(NOTEBOOK, 4).cells:
        source = cell.source
        if cell.cell_type == "code" and source.startswith(
            (
                "class Dense",
                "class ReLU",
                "class BatchNorm",
                "class Dropout",
                "def backward",
                "def run",
            )
        ):
            exec(source, space)
    return space


class TestBricks:
    def test_batch_normalisation_is_that_of_keras(self, bricks):
        x = np.random.default_rng(0).normal(2, 3, (32, 5))
        mine, theirs = bricks["BatchNorm"](5), keras.layers.BatchNormalization(momentum=0.9)
        for learning in (True, False):
            out = keras.ops.convert_to_numpy(theirs(np.float32(x), training=learning))
            np.testing.assert_allclose(mine.forward(x, learning), out, atol=1e-4)

    def test_dropout_keeps_the_mean_and_sleeps_when_asked(self, bricks):
        layer, x = bricks["Dropout"](0.8, 0), np.ones((4000, 8))
        learned = layer.forward(x, learning=True)
        assert learned.mean() == pytest.approx(1, abs=0.05)
        assert (learned == 0).mean() == pytest.approx(0.8, abs=0.02)
        np.testing.assert_array_equal(layer.backward(x), learned)
        np.testing.assert_array_equal(layer.forward(x), x)

    def test_a_deep_network_keeps_its_signal_with_the_right_start_alone(self, bricks):
        rng, x = np.random.default_rng(0), np.random.default_rng(1).normal(size=(200, 100))
        spread = {}
        for factor in (0.5, 1.0, 2.0):
            stack = [
                part
                for _ in range(10)
                for part in (bricks["Dense"](100, 100, rng, factor), bricks["ReLU"]())
            ]
            spread[factor] = bricks["run"](stack, x).std()
        assert spread[1.0] == pytest.approx(1, abs=0.5)
        assert spread[2.0] / spread[0.5] == pytest.approx(2**20, rel=1.0)
