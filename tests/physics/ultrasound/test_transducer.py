import numpy as np
import pytest

from medkit.physics.ultrasound.transducer import (
    LINEAR,
    PHASED,
    Transducer,
    directivity,
    pulse,
    pulse_length_us,
)


def test_pulse_is_a_sine_of_the_centre_frequency():
    time = np.linspace(-1, 1, 4001)
    signal = pulse(LINEAR, time)
    f = np.fft.rfftfreq(16384, time[1] - time[0])
    power = np.abs(np.fft.rfft(signal, 16384)) ** 2
    # One cycle has a broad spectrum, and its mirror at −f₀ draws the centre down a little.
    assert (f * power).sum() / power.sum() == pytest.approx(LINEAR.frequency_mhz, rel=0.05)
    np.testing.assert_allclose(signal, -signal[::-1], atol=1e-9)  # a sine is odd


def test_a_wider_band_makes_a_shorter_pulse():
    lengths = [pulse_length_us(Transducer(bandwidth=b), -6.0) for b in (0.3, 0.6, 0.9)]
    assert lengths[0] > lengths[1] > lengths[2]


def test_attenuation_lowers_the_centre_frequency():
    time = np.linspace(-2, 2, 4001)
    f = np.fft.rfftfreq(16384, time[1] - time[0])
    centre = []
    for signal in pulse(LINEAR, time, loss_db_mhz=[0.0, 2.0]):
        power = np.abs(np.fft.rfft(signal, 16384)) ** 2
        centre.append((f * power).sum() / power.sum())
    assert centre[1] < centre[0] - 0.2


def test_directivity_is_the_transform_of_the_element():
    sine = np.linspace(0, 0.95, 7)
    x = np.linspace(-0.5, 0.5, 2001) * PHASED.width_mm
    wave = 2 * np.pi * PHASED.frequency_mhz / 1.54
    strip = np.cos(wave * np.outer(sine, x)).mean(axis=1)  # Huygens over the element's width
    np.testing.assert_allclose(directivity(PHASED, sine), strip * np.sqrt(1 - sine**2), atol=2e-3)


def test_wrong_transducers_are_refused():
    with pytest.raises(ValueError, match="width_mm"):
        Transducer(width_mm=1.0)
    with pytest.raises(ValueError, match="frequency"):
        Transducer(frequency_mhz=0.0)
