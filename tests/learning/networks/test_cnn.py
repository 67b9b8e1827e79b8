"""Networks for images: shapes, learning, augmentation that keeps what it should keep."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.metrics import roc_auc_score

from medkit.data.sets import catalogue
from medkit.learning.backend import keras
from medkit.learning.networks.augment import Augmentation, Augmented, warp
from medkit.learning.networks.cnn import ImageClassifier, ResidualCNN, SmallCNN, shifted
from medkit.learning.networks.training import Schedule, logit_loss


def spots(n=40, size=16, rng=0):
    """Noise; in every second image a bright spot, somewhere."""
    rng = np.random.default_rng(rng)
    labels = np.arange(n) % 2
    images = rng.normal(0.4, 0.1, (n, size, size))
    for image, (row, column) in zip(images[1::2], rng.integers(2, size - 5, (n, 2)), strict=False):
        image[row : row + 3, column : column + 3] += 0.5
    return images.astype(np.float32), labels


def test_the_small_network_finds_spots_wherever_they_are():
    model = SmallCNN(schedule=Schedule(epochs=15, batch_size=8, learning_rate=1e-2))
    model.fit(*spots())
    images, labels = spots(60, rng=1)
    assert roc_auc_score(labels, model.decision_function(images)) > 0.9
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba(images), model.predict_proba(images))
    assert model.n_parameters_ == 5 * 5 * 8 + 16 + 9 * 8 * 16 + 32 + 9 * 16 * 32 + 64 + 33


@pytest.mark.thorough
def test_the_residual_network_learns_a_few_images_by_heart():
    schedule = Schedule(epochs=20, batch_size=8, learning_rate=5e-3)
    model = ResidualCNN(8, schedule=schedule, augmentation=None, views=False)
    assert model.fit(*spots(16)).score(*spots(16)) == 1.0
    again = clone(model)
    assert again.get_params() == model.get_params()


def test_networks_vote():
    quick = Schedule(epochs=4, batch_size=8, learning_rate=1e-2)
    members = [(str(s), SmallCNN(4, schedule=quick, seed=s)) for s in range(2)]
    both = VotingClassifier(members, voting="soft").fit(*spots())
    alone = [member.predict_proba(spots()[0]) for member in both.estimators_]
    np.testing.assert_allclose(both.predict_proba(spots()[0]), np.mean(alone, 0))


@pytest.mark.parametrize("model", [SmallCNN(), ResidualCNN()])
@pytest.mark.parametrize("size", [28, 64])
def test_networks_take_any_size_and_give_a_logit_a_class(model, size):
    assert model.build((size, size, 1), 1).output_shape == (None, 1)
    assert model.build((size, size, 3), 5).output_shape == (None, 5)


def test_a_residual_block_passes_on_what_it_was_given():
    """With the weights of F at zero, a block is relu(x)."""
    network = ResidualCNN(4).build((8, 8, 1), 1)
    add = next(layer for layer in network.layers if isinstance(layer, keras.layers.Add))
    short, inner = add.input
    gamma = inner._keras_history.operation.gamma
    gamma.assign(keras.ops.zeros_like(gamma))
    ends = keras.Model(network.input, [short, add.output])
    x = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
    before, after = ends.predict(x, verbose=0)
    np.testing.assert_allclose(before, after)


@pytest.mark.usefixtures("eagerly")
def test_several_views_are_averaged():
    images, labels = spots(16)
    quick = Schedule(epochs=1, batch_size=8)
    model = ResidualCNN(4, schedule=quick).fit(images, labels)
    one = model.set_params(views=False).decision_function
    many = [
        one(shifted(side, *move))
        for side in (images[..., None], images[:, :, ::-1, None])
        for move in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    expected = np.mean(many, 0)
    got = model.set_params(views=True).decision_function(images)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_what_is_no_stack_of_images_is_refused():
    images, labels = spots(4)
    with pytest.raises(ValueError, match=r"image\[None\]"):
        SmallCNN().fit(images[0], labels)
    images[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        SmallCNN().fit(images, labels)
    assert issubclass(SmallCNN, ImageClassifier)


def test_smoothed_labels_cost_what_the_definition_says():
    logits = np.array([[2.0, 0.0, -1.0]], np.float32)
    log_p = logits - np.log(np.exp(logits).sum())
    target = np.array([0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3])
    ours = logit_loss(3, 0.1)(np.zeros(1, np.float32), keras.ops.convert_to_tensor(logits))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(ours), -(target * log_p).sum(), rtol=1e-5)


class TestWarp:
    def test_nothing_to_do_leaves_the_image_as_it_is(self):
        images = np.random.default_rng(0).random((3, 7, 9, 2), np.float32)
        still = Augmentation(rotation_deg=0, shift=0, zoom=0, flip_columns=False)
        np.testing.assert_allclose(still.apply(images, 0), images, atol=1e-6)

    def test_mirrors_and_quarter_turns_are_exact(self):
        image = np.arange(25, dtype=np.float32).reshape(1, 5, 5, 1)
        mirror = np.array([[[1, 0, 0], [0, -1, 0]]])
        np.testing.assert_allclose(warp(image, mirror), image[:, :, ::-1], atol=1e-5)
        turn = np.array([[[0, 1, 0], [-1, 0, 0]]])
        np.testing.assert_allclose(warp(image, turn)[0], np.rot90(image[0]), atol=1e-5)

    def test_a_shift_by_whole_pixels_is_that_of_shifted(self):
        image = np.random.default_rng(0).random((1, 9, 9, 1), np.float32)
        down = np.array([[[1, 0, -2 / 8], [0, 1, 0]]])  # one of eight steps
        np.testing.assert_allclose(warp(image, down), shifted(image, 1, 0), atol=1e-5)

    def test_turning_keeps_a_centred_disc(self):
        y, x = np.mgrid[-15:16, -15:16]
        disc = np.exp(-(x**2 + y**2) / 40.0)[None, ..., None]
        turned = Augmentation(rotation_deg=180, shift=0, zoom=0).apply(np.repeat(disc, 8, 0), 0)
        np.testing.assert_allclose(turned, np.repeat(disc, 8, 0), atol=0.02)

    def test_masks_go_where_their_images_go(self):
        images = np.zeros((6, 32, 32, 1), np.float32)
        images[:, 8:14, 18:26] = 1
        new, masks = Augmentation().apply(images, 3, images)
        np.testing.assert_array_equal(new > 0.5, masks)
        assert len({int(np.flatnonzero(mask)[0]) for mask in masks}) > 1


def test_augmented_batches_show_each_image_once_an_epoch_and_repeat_by_seed():
    x = np.arange(10, dtype=np.float32).reshape(10, 1, 1, 1) * np.ones((1, 4, 4, 1), np.float32)
    y = np.arange(10.0)
    data = Augmented(x, y, Augmentation(), batch_size=4, seed=5)
    first = [data[k] for k in range(len(data))]
    data.on_epoch_end()
    second = np.concatenate([data[k][1] for k in range(len(data))])
    seen = np.concatenate([labels for _, labels in first])
    assert sorted(seen) == sorted(second) == list(y)
    assert not np.array_equal(seen, second)
    np.testing.assert_allclose(first[0][0][:, 0, 0, 0], first[0][1])
    again = Augmented(x, y, Augmentation(), batch_size=4, seed=5)
    np.testing.assert_array_equal(again[0][1], first[0][1])


@pytest.mark.thorough
@pytest.mark.data
def test_real_breast_ultrasound_in_a_few_epochs(test_data):
    """A quick look at BreastMNIST; bench_cnn.py measures the careful one."""
    data = catalogue.load("breastmnist", folder=test_data / "medmnist")
    model = SmallCNN(16, schedule=Schedule(epochs=12, batch_size=32, learning_rate=5e-3))
    model.fit(*data.xy("train"))
    images, labels = data.xy("validation")
    assert roc_auc_score(labels, model.decision_function(images)) > 0.75


def balls(n=32, size=8, rng=0):
    """Volumes of noise; in every second a bright cube, somewhere."""
    rng = np.random.default_rng(rng)
    labels, volumes = np.arange(n) % 2, rng.normal(0.4, 0.1, (n, size, size, size, 1))
    for volume, (z, y, x) in zip(volumes[1::2], rng.integers(0, size - 3, (n, 3)), strict=False):
        volume[z : z + 3, y : y + 3, x : x + 3] += 0.5
    return volumes.astype(np.float32), labels


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["small", "residual"])
def test_volumes_are_learned_from(name):
    schedule = Schedule(epochs=12, batch_size=8, learning_rate=1e-2)
    turned = Augmentation(rotation_deg=5, shift=0.05)
    model = {
        "small": SmallCNN(4, schedule=schedule),
        "residual": ResidualCNN(4, augmentation=turned, schedule=schedule),
    }[name].fit(*balls())
    volumes, labels = balls(40, rng=1)
    assert roc_auc_score(labels, model.decision_function(volumes)) > 0.7


def test_a_volume_is_changed_plane_by_plane_alike():
    volume = np.repeat(spots(3)[0][:, None, ..., None], 4, axis=1)
    new = Augmentation().apply(volume, rng=0)
    assert new.shape == volume.shape
    np.testing.assert_array_equal(new[:, 0], new[:, 3])
    np.testing.assert_array_equal(new[:, 0], Augmentation().apply(volume[:, 0], rng=0))


@pytest.mark.thorough
def test_a_real_public_volume_set_is_learned_from(test_data):
    """Adrenal glands of MedMNIST3D, every second voxel: enlarged or not."""
    data = catalogue.load("adrenalmnist3d", folder=test_data / "medmnist")
    (x, y), (x_test, y_test) = data.xy("train"), data.xy("test")
    model = SmallCNN(class_weight="balanced", schedule=Schedule(epochs=6, learning_rate=1e-2))
    model.fit(x[::2, ::2, ::2, ::2], y[::2])
    assert roc_auc_score(y_test, model.decision_function(x_test[:, ::2, ::2, ::2])) > 0.7


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_weights_of_classes_and_of_samples_are_scikit_learns(augmentation):
    images, labels = spots(24)
    labels = np.where(labels & (np.arange(24) < 8), "ill", "well")  # 4 of 24
    options = {"augmentation": augmentation, "schedule": Schedule(epochs=2, batch_size=8)}
    by_class = SmallCNN(2, class_weight="balanced", **options).fit(images, labels)
    by_hand = SmallCNN(2, **options).fit(images, labels, np.where(labels == "ill", 3.0, 0.6))
    plain = SmallCNN(2, **options).fit(images, labels)
    assert by_class.history_["loss"] == pytest.approx(by_hand.history_["loss"], rel=1e-5)
    assert by_class.history_["loss"] != pytest.approx(plain.history_["loss"], rel=1e-2)
    with pytest.raises(ValueError, match="expected 24 numbers"):
        SmallCNN(2, **options).fit(images, labels, [1.0])


@pytest.mark.thorough
def test_a_rare_disease_is_found_where_its_misses_count_more():
    images, labels = spots(60)
    some = np.concatenate([np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)[:4]])
    schedule = Schedule(epochs=12, batch_size=8, learning_rate=1e-2)
    new, truth = spots(60, rng=1)
    called = [
        SmallCNN(4, class_weight=weight, schedule=schedule)
        .fit(images[some], labels[some])
        .predict(new)[truth == 1]
        .mean()
        for weight in (None, {0: 1, 1: 20})
    ]
    assert called[1] > called[0]


@pytest.mark.usefixtures("eagerly")
def test_images_of_several_sizes_and_sizes_never_seen_are_refused_in_words():
    images, labels = spots(8)
    with pytest.raises(ValueError, match=r"image 0 is \(16, 16\) and image 7 is \(12, 12\)"):
        SmallCNN().fit([*images[:7], images[7, 2:14, 2:14]], labels)
    model = SmallCNN(2, schedule=Schedule(epochs=1)).fit(images, labels)
    with pytest.raises(ValueError, match=r"learned from \(16, 16, 1\)"):
        model.predict(images[:, :12, :12])
    assert model.fit(images[:, :12, :12], labels).predict(images[:, :12, :12]).shape == (8,)


def test_several_findings_at_once_are_refused_in_words():
    with pytest.raises(ValueError, match="one class a sample"):
        SmallCNN().fit(spots(8)[0], np.eye(2)[np.arange(8) % 2])
