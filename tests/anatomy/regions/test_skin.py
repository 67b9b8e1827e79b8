"""Digital skin: the ABCD that is asked for is the ABCD that is there."""

import numpy as np
import pytest

from medkit.anatomy.regions.skin import KINDS, skin


@pytest.mark.parametrize("diameter", [3.0, 6.0, 9.0])
def test_the_diameter_is_kept(diameter):
    found = [
        2 * np.sqrt(s.lesion.sum() / np.pi) * s.spacing_mm
        for s in (skin(diameter_mm=diameter, border=0.1, rng=k) for k in range(4))
    ]
    assert np.mean(found) == pytest.approx(diameter, rel=0.06)


def test_melanomas_are_larger_and_more_lopsided_on_average_but_overlap():
    moles, melanomas = (
        [KINDS[kind](np.random.default_rng(k)) for k in range(40)]
        for kind in ("naevus", "melanoma")
    )
    for name in ("asymmetry", "border", "colours", "diameter_mm"):
        harmless, harmful = ([d[name] for d in ds] for ds in (moles, melanomas))
        assert np.mean(harmless) < np.mean(harmful)
        assert max(harmless) > min(harmful)


def test_blue_needs_the_fourth_colour():
    assert skin(colours=3, rng=0).deep_melanin.max() == 0
    assert skin(colours=4, diameter_mm=8.0, rng=0).deep_melanin.max() > 0.3


def test_pigment_is_darker_in_the_lesion():
    patch = skin(rng=1, hairs=0)
    assert patch.melanin[patch.lesion].mean() > 2 * patch.melanin[~patch.lesion].mean()
    assert patch.hair.max() == 0
    assert min(patch.melanin.min(), patch.blood.min(), patch.deep_melanin.min()) >= 0


def test_the_same_skin_twice_and_no_unknown_words():
    np.testing.assert_array_equal(skin(rng=3).melanin, skin(rng=3).melanin)
    with pytest.raises(ValueError, match="freckles"):
        skin(freckles=3)
