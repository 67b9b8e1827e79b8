"""The small U-Net finds bright discs, and says what it cannot take."""

import numpy as np
import pytest

from medkit.learning.backend import keras
from medkit.learning.evaluation import dice
from medkit.learning.networks.training import Schedule
from medkit.learning.networks.unet import UNet, overlap_loss


def discs(n, rng=0):
    """Noisy images with one bright disc each, and its mask."""
    rng = np.random.default_rng(rng)
    y, x = np.mgrid[:32, :32]
    row, column = rng.uniform(8, 24, (2, n, 1, 1))
    masks = np.hypot(y - row, x - column) < rng.uniform(3, 6, (n, 1, 1))
    return 0.3 + 0.4 * masks + rng.normal(0, 0.1, masks.shape), masks


@pytest.fixture(scope="module")
def learned():
    schedule = Schedule(epochs=12, batch_size=16, learning_rate=1e-2)
    images, masks = discs(64)
    return UNet(4, schedule=schedule).fit(images, masks)


def test_it_finds_discs_it_has_not_seen(learned):
    images, masks = discs(30, rng=1)
    found = learned.predict_proba(images) > 0.5
    assert found.shape == masks.shape
    assert np.mean([dice(truth, mask) for truth, mask in zip(masks, found, strict=True)]) > 0.8
    assert learned.history_["loss"][-1] < learned.history_["loss"][0]


def test_shapes_down_and_up_again():
    model = UNet(4).build((32, 48, 1))
    assert model.output_shape == (None, 32, 48, 1)
    bridges = sum(isinstance(layer, keras.layers.Concatenate) for layer in model.layers)
    assert bridges == 2


def test_the_loss_is_nothing_where_all_is_right():
    truth = np.zeros((1, 4, 4, 1), np.float32)
    truth[:, :2] = 1
    right = keras.ops.convert_to_numpy(overlap_loss(truth, (truth - 0.5) * 100))
    wrong = keras.ops.convert_to_numpy(overlap_loss(truth, (0.5 - truth) * 20))
    assert right == pytest.approx(0, abs=1e-5)
    # No overlap: Dice (0 + 1)/(8 + 8 + 1); each pixel costs a cross-entropy of 10.
    assert wrong == pytest.approx(1 - 1 / 17 + 10, rel=1e-4)


def test_wrong_inputs_are_named():
    images, masks = discs(3)
    with pytest.raises(ValueError, match="and masks of shape"):
        UNet().fit(images, masks[:2])
    with pytest.raises(ValueError, match="multiples of 4"):
        UNet().fit(images[:, :30], masks[:, :30])
