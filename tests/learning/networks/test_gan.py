"""A GAN is two networks: each must be moved by its own loss, and by nothing else."""

import numpy as np
import pytest
from sklearn.base import clone

from medkit.learning.backend import keras, seeded
from medkit.learning.networks.gan import GAN, LOSSES, arc
from medkit.learning.networks.training import Schedule

TINY = Schedule(epochs=2, batch_size=8, learning_rate=1e-2)
BOTH = ("discriminator", "generator")


def stripes(n=16, size=8, rng=0):
    """Return pictures with an upright (label 0) or a level (label 1) stripe."""
    rng, labels = np.random.default_rng(rng), np.arange(n) % 2
    images = np.zeros((n, size, size, 1), np.float32)
    for image, label, at in zip(images, labels, rng.integers(1, size - 2, n), strict=True):
        (image if label else image.swapaxes(0, 1))[at : at + 2] = 1
    return images, labels


def weights(network):
    return [np.array(keras.ops.convert_to_numpy(w)) for w in network.trainable_variables]


def moved(before, network):
    pairs = zip(before, weights(network), strict=True)
    return max(float(np.abs(b - a).max()) for b, a in pairs)


@pytest.mark.parametrize(
    ("kind", "loss"), [("dense", "minimax"), ("convolutional", "non-saturating")]
)
def test_each_player_is_moved_by_its_own_loss_only(kind, loss):
    images, labels = stripes()
    gan = GAN(kind, width=4, loss=loss, schedule=TINY)
    with seeded(0):
        game = gan.build(images.shape[1:], 2)
    players = {"discriminator": game.discriminator, "generator": game.generator}
    inputs = [2 * images - 1, np.eye(2, dtype=np.float32)[labels]]
    for player in BOTH:
        game.players = (player,)
        game.compile_for(1e-2)
        game.run_eagerly = True  # a compiled step takes seconds to compile
        before = {name: weights(network) for name, network in players.items()}
        game.train_on_batch(inputs, labels)
        for name, network in players.items():
            change = moved(before[name], network)
            assert (change > 1e-3) if name == player else (change == 0), (player, name, change)


def test_losses_are_those_of_the_formula():
    images, labels = stripes()
    with seeded(0):
        game = GAN("dense", width=4).build(images.shape[1:], 2)
    inputs = [2 * images - 1, np.eye(2, dtype=np.float32)[labels]]
    losses = {k: float(keras.ops.mean(v)) for k, v in game(inputs).items()}
    # An untrained discriminator knows nothing: D ≈ ½, so the losses are near 2 log 2 and log 2.
    assert losses["discriminator"] == pytest.approx(2 * np.log(2), abs=0.35)
    assert losses["generator"] == pytest.approx(np.log(2), abs=0.25)
    logit = np.array([-3.0, 0.0, 2.0], np.float32)
    d = 1 / (1 + np.exp(-logit))
    minimax, saturates_not = (keras.ops.convert_to_numpy(f(logit)) for f in LOSSES.values())
    np.testing.assert_allclose(minimax, np.log(1 - d), rtol=1e-5)
    np.testing.assert_allclose(saturates_not, -np.log(d), rtol=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_discriminator_judges_each_image_by_itself():
    images, labels = stripes()
    gan = GAN(width=4, schedule=TINY).fit(images, labels)
    alone = [gan.decision_function(images[i : i + 1], labels[i : i + 1])[0] for i in range(3)]
    np.testing.assert_allclose(gan.decision_function(images, labels)[:3], alone, atol=1e-5)
    assert gan.transform(images, labels).shape[0] == 16


@pytest.mark.thorough
def test_it_learns_two_kinds_of_stripes_and_draws_the_one_it_is_told():
    images, labels = stripes(64)
    schedule = Schedule(epochs=60, batch_size=8, learning_rate=2e-3)
    gan = GAN("dense", latent=4, width=64, schedule=schedule).fit(images, labels)
    for label in (0, 1):
        drawn = gan.sample(50, label, rng=0)[..., 0]
        upright = drawn.mean(1).std(1)  # how unequal columns are
        level = drawn.mean(2).std(1)
        assert np.mean((level > upright) == label) > 0.9
    assert 0.15 < drawn.mean() < 0.35  # a quarter of each picture is white


@pytest.mark.thorough
@pytest.mark.usefixtures("eagerly")
def test_equal_seeds_give_equal_networks_and_the_global_state_is_left_alone():
    images, labels = stripes()
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is what must not change
    first, second = (
        GAN("dense", width=4, schedule=TINY, seed=5).fit(images, labels) for _ in range(2)
    )
    other = clone(first).set_params(seed=6).fit(images, labels)
    np.testing.assert_array_equal(first.sample(4, rng=1), second.sample(4, rng=1))
    assert not np.allclose(first.sample(4, rng=1), other.sample(4, rng=1))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    assert first.history_ == second.history_


@pytest.mark.usefixtures("eagerly")
def test_samples_can_be_drawn_while_it_learns():
    images, _ = stripes()
    gan, seen = GAN("dense", width=4, schedule=TINY), []
    gan.fit(images, progress=lambda epoch, epochs, losses: seen.append(gan.sample(1, rng=0)))
    assert len(seen) == 2
    assert not np.array_equal(seen[0], seen[1])
    np.testing.assert_allclose(seen[1], gan.sample(1, rng=0), atol=1e-6)
    assert set(gan.history_) >= set(BOTH)


@pytest.mark.usefixtures("eagerly")
def test_points_need_no_picture():
    points = np.random.default_rng(0).normal(size=(64, 2))
    gan = GAN("dense", latent=2, schedule=TINY).fit(points)
    assert gan.sample(5, rng=0).shape == (5, 2)
    assert gan.decision_function(points).shape == (64,)
    assert 0 <= gan.score(points) <= 1


def test_walk_ends_where_it_was_told_and_keeps_its_length():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 16))
    way = arc(a, b, 9)
    np.testing.assert_allclose(way[[0, -1]], [a, b])
    straight = np.linalg.norm((a + b) / 2)
    assert np.linalg.norm(way[4]) > 1.2 * straight
    np.testing.assert_allclose(arc(a, 2 * a, 3)[1], 1.5 * a)


@pytest.mark.usefixtures("eagerly")
def test_errors_say_what_to_do():
    images, labels = stripes()
    with pytest.raises(ValueError, match="0…1"):
        GAN().fit(255 * images)
    with pytest.raises(ValueError, match="3 labels"):
        GAN().fit(images, labels[:3])
    with pytest.raises(ValueError, match="multiples of 4"):
        GAN().fit(images[:, :7])
    with pytest.raises(ValueError, match="convolutional"):
        GAN("transformer").fit(images)
    gan = GAN("dense", width=4, schedule=TINY).fit(images, labels)
    with pytest.raises(ValueError, match="which label"):
        gan.decision_function(images)
    with pytest.raises(ValueError, match="it learned"):
        gan.sample(3, 7)
    with pytest.raises(ValueError, match="expected"):
        gan.generate(np.zeros((3, 5)), 0)
