"""The dipole of the heart and its twelve leads: differences of potentials, and nothing else."""

import numpy as np
import pytest

from medkit.physics import ecg


def test_leads_are_those_of_dower_for_a_unit_dipole():
    seen = dict(zip(ecg.LEADS, ecg.leads(np.eye(3)).T, strict=True))
    np.testing.assert_allclose(seen["I"], [0.632, -0.235, 0.059], atol=1e-12)
    np.testing.assert_allclose(seen["II"], [0.235, 1.066, -0.132], atol=1e-12)
    np.testing.assert_allclose(seen["V2"], [0.044, 0.164, -1.387], atol=1e-12)
    # The four that Dower's table gives besides, to its three digits.
    np.testing.assert_allclose(seen["III"], [-0.397, 1.301, -0.191], atol=1e-3)
    np.testing.assert_allclose(seen["aVR"], [-0.434, -0.415, 0.037], atol=1e-3)
    np.testing.assert_allclose(seen["aVL"], [0.515, -0.768, 0.125], atol=1.1e-3)
    np.testing.assert_allclose(seen["aVF"], [-0.081, 1.184, -0.162], atol=1.1e-3)


def test_noise_of_electrodes_keeps_the_laws_of_einthoven_and_goldberger():
    rng = np.random.default_rng(0)
    leads = ecg.leads(rng.normal(size=(50, 3)), rng.normal(size=(50, 9)))
    i, ii, iii, avr, avl, avf = leads.T[:6]
    np.testing.assert_allclose(i + iii, ii, atol=1e-12)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-12)
    np.testing.assert_allclose(avr, -(i + ii) / 2, atol=1e-12)


def test_what_all_electrodes_share_is_not_seen():
    np.testing.assert_allclose(ecg.leads(np.zeros((4, 3)), np.full((4, 9), 3.0)), 0, atol=1e-12)


def test_waves_stand_where_they_were_put_and_add_up():
    seconds = np.arange(0, 2, 0.001)
    one, other = (0.6, ecg.normal_beat(0.18)), (1.4, ecg.ventricular_beat())
    both = ecg.dipole(seconds, [one, other])
    np.testing.assert_allclose(both, ecg.dipole(seconds, [one]) + ecg.dipole(seconds, [other]))
    lead = ecg.leads(ecg.dipole(seconds, [one]))[:, ecg.LEADS.index("II")]
    assert seconds[lead.argmax()] == pytest.approx(0.6, abs=0.002)
    p = seconds[400:550][lead[400:550].argmax()]
    assert 0.6 - p == pytest.approx(0.18 - 0.005, abs=0.002)


def test_a_ventricular_beat_is_wide_and_its_t_wave_turns():
    seconds = np.arange(0, 1.2, 0.001)
    widths = []
    for waves in (ecg.normal_beat(), ecg.ventricular_beat()):
        size = np.linalg.norm(ecg.dipole(seconds, [(0.4, waves)]), axis=1)
        near = (seconds > 0.3) & (seconds < 0.5)
        widths.append((size[near] > 0.5 * size.max()).sum())
    assert widths[1] > 1.8 * widths[0]
    wide = ecg.dipole(seconds, [(0.4, ecg.ventricular_beat())])
    assert wide[400] @ wide[700] < 0
