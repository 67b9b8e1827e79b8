"""A stored generator draws what the network that it was made of draws."""

import numpy as np
import pytest

from medkit import kit
from medkit.learning.networks.gan import GAN
from medkit.learning.networks.training import Schedule
from medkit.learning.studies import synthesis
from medkit.learning.studies.synthesis import StoredGenerator


def test_numpy_draws_the_same_as_keras(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    images, labels = rng.random((24, 16, 12, 1), np.float32), np.arange(24) % 2
    schedule = Schedule(epochs=3, batch_size=8, learning_rate=1e-2)
    trained = GAN(latent=5, width=4, schedule=schedule).fit(images, labels)
    plain = StoredGenerator.of(trained.generator_, ("calm", "wild"))
    z = rng.normal(size=(7, 5))
    for label in (0, 1):
        expected = trained.generate(z, label)
        np.testing.assert_allclose(plain.generate(z, label), expected, atol=2e-6)
    mixed = plain.generate(z, np.arange(7) % 2)
    np.testing.assert_allclose(mixed[::2], plain.generate(z[::2], 0), atol=1e-6)
    (tmp_path / "datasets").mkdir()
    plain.save(tmp_path / "datasets", "tiny")
    monkeypatch.setattr(kit, "root", lambda: tmp_path)
    again = StoredGenerator.load("tiny")
    assert again.classes == ("calm", "wild")
    np.testing.assert_allclose(again.generate(z, 1), plain.generate(z, 1), atol=5e-3)  # 16 bits


def test_a_wrong_latent_vector_is_refused():
    generator = StoredGenerator.load("retina")
    with pytest.raises(ValueError, match="expected \\(n, 16\\)"):
        generator.generate(np.zeros((2, 3)))
    np.testing.assert_array_equal(generator.sample(3, rng=4), generator.sample(3, rng=4))


def test_shipped_files_are_small():
    for file in (kit.root() / "datasets").glob("gan_*.npz"):
        assert file.stat().st_size < 300_000, file.name


def test_patches_come_from_their_half_and_hold_vessels():
    upper, lower = (synthesis.retina_patches(40, half=half, rng=0) for half in ("upper", "lower"))
    assert upper.shape == (40, 32, 32, 1)
    assert upper.dtype == np.float32
    assert 0.4 < np.median(upper) < 0.6
    assert (upper.min((1, 2, 3)) < 0.35).mean() > 0.2  # a vessel is darker than the retina
    assert not np.array_equal(upper, lower)


def test_sheet_lays_images_row_by_row():
    images = np.arange(5.0)[:, None, None] * np.ones((5, 3, 3)) / 10
    page = synthesis.sheet(images, columns=3)
    assert page.shape == (7, 11)
    assert page[5, 1] == 0.3
    assert page[3, 1] == 1
