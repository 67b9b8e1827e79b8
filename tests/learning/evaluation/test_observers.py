"""Model observers against their closed forms: d′ of a known signal in noise of known power."""

import numpy as np
import pytest

from medkit.learning.evaluation import auc, observers

SIZE = 32
Y, X = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
DISC = 1.0 / (1 + np.exp(2 * (np.hypot(X, Y) - 4.0)))  # soft-edged, radius 4 pixels
FREQUENCY = np.hypot(*np.meshgrid(np.fft.fftfreq(SIZE), np.fft.fftfreq(SIZE)))


def noise(n, power, seed):
    """Gaussian noise whose power spectrum, by pixel of the plane of frequencies, is `power`."""
    white = np.random.default_rng(seed).standard_normal((n, SIZE, SIZE))
    return np.fft.ifft2(np.fft.fft2(white) * np.sqrt(power)).real


def pair(power, n=4000, seed=0):
    absent, present = noise(n, power, seed), noise(n, power, seed + 1)
    return absent, present + DISC


def d_prime(template, absent, present):
    return observers.detectability(
        observers.scores(template, absent), observers.scores(template, present)
    )


def exact(template, power):
    """d′ of a template: w·s / √(Σ |W|² P / N), all in the plane of frequencies."""
    spread = np.sum(np.abs(np.fft.fft2(template)) ** 2 * power) / SIZE**2
    return np.sum(template * DISC) / np.sqrt(spread)


WHITE = np.full((SIZE, SIZE), 25.0)
RAMP = 400.0 * (FREQUENCY + 0.02)  # as of a CT image: little at low frequencies


def test_in_white_noise_the_signal_itself_is_the_best_template():
    absent, present = pair(WHITE)
    best = np.sqrt(np.sum(DISC**2)) / 5.0
    assert exact(DISC, WHITE) == pytest.approx(best)
    assert d_prime(DISC, absent, present) == pytest.approx(best, abs=0.06)
    learned = observers.npw(*pair(WHITE, seed=10))
    assert d_prime(learned, absent, present) < best


def test_hotelling_reaches_the_closed_form_of_its_channels():
    channels = observers.laguerre_gauss((SIZE, SIZE), 6.0)
    u = channels.reshape(len(channels), -1)
    for power in (WHITE, RAMP):
        waves = np.fft.fft2(channels).reshape(len(channels), -1)
        covariance = (waves * power.ravel()) @ waves.conj().T / SIZE**2
        v = u @ DISC.ravel()
        closed = np.sqrt(v @ np.linalg.solve(covariance.real, v))
        ideal = np.sqrt(np.sum(np.abs(np.fft.fft2(DISC)) ** 2 / power) / SIZE**2)
        template = observers.hotelling(*pair(power, seed=10), channels)
        found = d_prime(template, *pair(power))
        assert found == pytest.approx(closed, abs=0.08)
        assert 0.8 * ideal < closed <= ideal


def test_prewhitening_pays_where_the_noise_is_coloured():
    absent, present = pair(RAMP)
    channels = observers.laguerre_gauss((SIZE, SIZE), 6.0)
    training = pair(RAMP, seed=10)
    hotelling = d_prime(observers.hotelling(*training, channels), absent, present)
    assert hotelling > d_prime(observers.npw(*training), absent, present) + 0.3
    assert d_prime(DISC, absent, present) == pytest.approx(exact(DISC, RAMP), abs=0.06)


def test_area_is_that_of_gaussian_scores():
    absent, present = pair(WHITE)
    scores = [observers.scores(DISC, x) for x in (absent, present)]
    counted = auc(np.repeat([0, 1], len(absent)), np.concatenate(scores))
    expected = observers.area(observers.detectability(*scores))
    assert counted.low < expected < counted.high


def test_the_eye_peaks_at_four_cycles_a_degree_and_is_blind_to_a_shift():
    field = observers.eye((256, 256), 30.0)
    rho = 30 * np.fft.fftfreq(256)
    assert field[0, 0] == 0
    assert abs(rho[np.argmax(field[0, :128])]) == pytest.approx(4, abs=0.12)
    absent, present = pair(WHITE, 50)
    lifted = observers.npwe(absent, present + 7.0)
    assert np.allclose(lifted, observers.npwe(absent, present))
    assert abs(lifted.sum()) < 1e-9


def test_gabor_channels_have_their_frequency_and_direction():
    channels = observers.gabor((128, 128), frequencies=(1 / 16,), orientations=4, phases=(0.0,))
    assert channels.shape == (4, 128, 128)
    for channel, angle in zip(channels, (0, 45, 90, 135), strict=True):
        power = np.abs(np.fft.fft2(channel))
        row, column = np.unravel_index(np.argmax(power), power.shape)
        fy, fx = np.fft.fftfreq(128)[row], np.fft.fftfreq(128)[column]
        assert np.hypot(fx, fy) == pytest.approx(1 / 16, abs=0.008)
        assert np.degrees(np.arctan2(fy, fx)) % 180 == pytest.approx(angle, abs=1)


def test_few_images_are_refused():
    with pytest.raises(ValueError, match="5 channels need more than 5"):
        observers.hotelling(*pair(WHITE, 5), observers.laguerre_gauss((SIZE, SIZE), 6.0))
