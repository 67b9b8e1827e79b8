"""The signal equations, against their maxima, nulls and the Bloch simulator."""

import numpy as np
import pytest

from medkit.physics.mri import contrast
from medkit.physics.mri.bloch import Spins, Step, signal, simulate


@pytest.mark.parametrize(("t1", "tr"), [(1000.0, 10.0), (300.0, 50.0), (4300.0, 200.0)])
def test_the_gradient_echo_is_largest_at_the_ernst_angle(t1, tr):
    flips = np.arange(0.5, 90, 0.01)
    s = contrast.gradient_echo(1.0, t1, 50.0, tr_ms=tr, te_ms=5.0, flip_deg=flips)
    assert flips[s.argmax()] == pytest.approx(contrast.ernst_angle_deg(t1, tr), abs=0.01)


def test_inversion_recovery_vanishes_at_t1_ln2_for_long_tr():
    ti = contrast.null_ti_ms(900.0)
    assert ti == pytest.approx(900 * np.log(2))
    s = contrast.inversion_recovery(1.0, 900.0, 80.0, tr_ms=1e6, te_ms=10.0, ti_ms=ti)
    assert abs(s) < 1e-12


def test_the_null_moves_earlier_when_tr_is_short():
    ti = contrast.null_ti_ms(4300.0, 9000.0, 120.0)
    assert ti < 4300 * np.log(2) * 0.9
    s = contrast.inversion_recovery(1.0, 4300.0, 2000.0, tr_ms=9000, te_ms=120, ti_ms=ti)
    assert abs(s) < 1e-12


def test_spin_echo_equals_bloch():
    t1, t2, tr, te = 900.0, 80.0, 600.0, 30.0
    spins = Spins(t1, t2, off_resonance_hz=np.array([0.0, 7.0, -31.0]))
    repetition = [Step(90, 90, te / 2), Step(180, 0, te / 2), Step(0, 0, tr - te, spoil=True)]
    echo = simulate(spins, repetition * 12)[-2]
    expected = contrast.spin_echo(1.0, t1, t2, tr_ms=tr, te_ms=te)
    # The 180° pulse refocuses every frequency alike.
    np.testing.assert_allclose(np.abs(signal(echo)), expected, rtol=1e-6)


def test_gradient_echo_equals_bloch():
    t1, t2, tr, te, flip = 800.0, 60.0, 20.0, 5.0, 25.0
    steps = [Step(flip, 90, te), Step(0, 0, tr - te, spoil=True)] * 400
    echo = simulate(Spins(t1, t2), steps)[-2]
    expected = contrast.gradient_echo(1.0, t1, t2, tr_ms=tr, te_ms=te, flip_deg=flip)
    np.testing.assert_allclose(np.abs(signal(echo)), expected, rtol=1e-6)


def test_inversion_recovery_equals_bloch():
    t1, t2, tr, te, ti = 1100.0, 90.0, 3000.0, 40.0, 350.0
    repetition = [
        Step(180, 0, ti, spoil=True),
        Step(90, 90, te / 2),
        Step(180, 0, te / 2),
        Step(0, 0, tr - ti - te, spoil=True),
    ]
    echo = simulate(Spins(t1, t2), repetition * 10)[-2]
    expected = contrast.inversion_recovery(1.0, t1, t2, tr_ms=tr, te_ms=te, ti_ms=ti)
    np.testing.assert_allclose(signal(echo).real, expected, rtol=1e-6)


def test_bssfp_equals_bloch():
    t1, t2, tr, flip = 600.0, 120.0, 5.0, 50.0
    two = [s for turn in (0, 180) for s in (Step(flip, turn, tr / 2), Step(duration_ms=tr / 2))]
    echo = np.abs(signal(simulate(Spins(t1, t2), two * 1000)[-2]))
    assert contrast.bssfp(1.0, t1, t2, tr_ms=tr, flip_deg=flip) == pytest.approx(echo, abs=1e-5)


def test_diffusion_is_exponential_and_invertible():
    d = np.array([0.0, 0.7e-3, 3e-3])
    weighted = contrast.diffusion(2.0, d, b_s_mm2=1000)
    np.testing.assert_allclose(weighted, 2 * np.exp(-1000 * d))
    back = contrast.apparent_diffusion_mm2_s(np.full(3, 2.0), weighted, b_s_mm2=1000)
    np.testing.assert_allclose(back, d, atol=1e-12)


def test_apparent_diffusion_is_zero_where_nothing_is_seen():
    assert contrast.apparent_diffusion_mm2_s([0.0], [0.0], b_s_mm2=1000) == 0
