"""The theory of the game holds in numbers, and the gradients by hand are right."""

import numpy as np
import pytest

from medkit.learning.by_hand import toy_gan as toy

X = np.linspace(-12, 12, 4001)
STEP = X[1] - X[0]


def normal(mean, spread):
    return np.exp(-0.5 * ((X - mean) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))


@pytest.mark.parametrize("other", [(0.0, 1.0), (2.0, 0.7), (5.0, 1.0)])
def test_the_best_value_is_twice_the_divergence_less_log_4(other):
    p, q = normal(0, 1), normal(*other)
    best = toy.optimal_discriminator(p, q)
    value = toy.game_value(best, p, q, STEP)
    divergence = toy.jensen_shannon(p, q, STEP)
    assert value == pytest.approx(-np.log(4) + 2 * divergence, abs=1e-9)
    assert 0 <= divergence < np.log(2)
    for change in (-0.05, 0.05):  # any other discriminator does worse
        other_d = np.clip(best + change * np.sin(3 * X), 1e-9, 1 - 1e-9)
        assert toy.game_value(other_d, p, q, STEP) < value


def test_divergence_of_strangers_is_log_2():
    assert toy.jensen_shannon(normal(-6, 0.3), normal(6, 0.3), STEP) == pytest.approx(np.log(2))


def test_gradients_by_hand_are_those_of_differences():
    rng = np.random.default_rng(0)
    network = toy.Layers((3, 5, 4, 1), rng)
    x = rng.normal(size=(6, 3))

    def loss():
        return float(np.logaddexp(0, network.forward(x)[-1]).sum())

    leaving = network.forward(x)
    gradients, at_input = network.backward(leaving, toy._sigmoid(leaving[-1]))
    for array, gradient in [*zip(network.weights, gradients, strict=True), (x, at_input)]:
        for place in [(0,) * array.ndim, (-1,) * array.ndim]:
            kept, found = array[place], []
            for change in (1e-6, -1e-6):
                array[place] = kept + change
                found.append(loss())
            array[place] = kept
            assert gradient[place] == pytest.approx((found[0] - found[1]) / 2e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("loss", "of"),
    [("minimax", lambda t: -np.logaddexp(0, t)), ("non-saturating", lambda t: np.logaddexp(0, -t))],
)
def test_slopes_of_the_generators_losses(loss, of):
    t = np.linspace(-6, 6, 25)
    expected = (of(t + 1e-5) - of(t - 1e-5)) / 2e-5
    np.testing.assert_allclose(toy.generator_slope(t, loss), expected, atol=1e-8)


def test_modes_are_counted():
    real = toy.ring(4000, rng=0)
    assert toy.modes_covered(real)[0] == 8
    assert toy.modes_covered(real)[1] > 0.99
    assert toy.modes_covered(real[real[:, 0] > 0.5])[0] == 3
    assert toy.modes_covered(np.zeros((100, 2))) == (0, 0.0)


def test_packing_mends_a_collapse():
    """One seed here; over five the notebook's table says how often."""
    alone = toy.ToyGAN(pace=4, seed=1).play(1000)
    packed = toy.ToyGAN(pace=4, pack=2, seed=1).play(1000)
    assert toy.modes_covered(alone.sample(2000, rng=0))[0] < 8
    assert toy.modes_covered(packed.sample(2000, rng=0))[0] == 8


def test_equal_seeds_play_the_same_game():
    first, second = (toy.ToyGAN(seed=3).play(20) for _ in range(2))
    np.testing.assert_array_equal(first.sample(5, rng=0), second.sample(5, rng=0))
    points = toy.ring(7, rng=0)
    assert first.logits(points).shape == (7,)
