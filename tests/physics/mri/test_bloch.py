"""The Bloch simulator, against closed forms."""

import numpy as np

from medkit.physics.mri.bloch import Spins, Step, relax, rotate, signal, simulate


def test_a_pulse_keeps_the_length():
    m = np.random.default_rng(0).standard_normal((3, 50))
    turned = rotate(m, 37.0, 111.0)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=0), np.linalg.norm(m, axis=0))


def test_two_pulses_about_one_axis_add_up():
    m = np.random.default_rng(1).standard_normal((3, 5))
    np.testing.assert_allclose(rotate(rotate(m, 20, 30), 25, 30), rotate(m, 45, 30), atol=1e-12)


def test_a_90_pulse_about_x_brings_z_to_minus_y():
    np.testing.assert_allclose(rotate(np.array([0.0, 0, 1]), 90), [0, -1, 0], atol=1e-15)


def test_each_packet_may_have_its_own_flip():
    z = np.zeros((3, 2))
    z[2] = 1
    np.testing.assert_allclose(rotate(z, np.array([0.0, 180.0]))[2], [1, -1], atol=1e-15)


def test_free_precession_solves_the_bloch_equation():
    spins = Spins(t1_ms=700.0, t2_ms=60.0, off_resonance_hz=11.0, density=0.8)
    start, t, h = np.array([0.3, -0.2, -0.5]), 35.0, 1e-4
    rate = (relax(start, spins, t + h) - relax(start, spins, t - h)) / (2 * h)
    x, y, z = relax(start, spins, t)
    w = 2 * np.pi * 11 / 1000
    expected = [-w * y - x / 60, w * x - y / 60, (0.8 - z) / 700]
    np.testing.assert_allclose(rate, expected, rtol=1e-5)


def test_precession_in_parts_is_precession_in_one():
    spins = Spins(700.0, 60.0, np.array([3.0, -20.0]))
    start = rotate(spins.at_rest(), 70)
    parts = start
    for _ in range(10):
        parts = relax(parts, spins, 4.2)
    np.testing.assert_allclose(parts, relax(start, spins, 42.0), atol=1e-12)


def test_spins_of_many_frequencies_dephase_and_meet_again_at_te():
    spins = Spins(1e9, 1e9, np.random.default_rng(2).normal(0, 100, 2000))
    wait = [Step(duration_ms=2.5)] * 7  # eight samples in each half of TE = 40 ms
    steps = [Step(90, 90, 2.5), *wait, Step(180, 0, 2.5), *wait, Step(duration_ms=160, spoil=True)]
    heard = np.abs(signal(simulate(spins, steps).transpose(1, 0, 2)).mean(axis=1))
    assert heard[7] < 0.1  # dephased just before the 180° pulse
    assert heard[15] > 0.999  # the echo
    assert heard[16] < 1e-12  # spoiled


def test_history_has_a_row_a_step_and_starts_where_told():
    history = simulate(Spins(100.0, 50.0), [Step()] * 3, start=[1.0, 0, 0])
    assert history.shape == (3, 3)
    np.testing.assert_allclose(history[-1], [1, 0, 0])
