"""Attenuation against NIST's published mixtures and an independent library; HU against clinic."""

import numpy as np
import pytest

from medkit import constants
from medkit.constants import TISSUES, attenuation_per_mm, hounsfield, mass_attenuation_cm2_g

# Published for the mixtures themselves (NISTIR 5632, table 4), not computed from elements:
# μ/ρ in cm²/g at 20, 60, 100, 500 and 1000 keV.
NIST_MIXTURES = {
    "water": (0.8096, 0.2059, 0.1707, 0.09687, 0.07072),
    "air": (0.7779, 0.1875, 0.1541, 0.08712, 0.06358),
    "cortical_bone": (4.001, 0.3148, 0.1855, 0.09022, 0.06566),
    "adipose": (0.5677, 0.1974, 0.1688, 0.09696, 0.07078),
    "muscle": (0.8205, 0.2048, 0.1693, 0.09598, 0.07007),
    "brain": (0.8281, 0.2058, 0.1701, 0.09640, 0.07037),
    "blood": (0.8428, 0.2057, 0.1695, 0.09598, 0.07007),
    "breast": (0.6889, 0.2006, 0.1688, 0.09631, 0.07031),
}


@pytest.mark.parametrize("name", NIST_MIXTURES)
def test_mixtures_agree_with_what_nist_publishes_for_them(name):
    energy = [20, 60, 100, 500, 1000]
    ours = mass_attenuation_cm2_g(TISSUES[name].composition, energy)
    # The compositions are published to 0.1 %, the coefficients to four digits.
    assert ours == pytest.approx(NIST_MIXTURES[name], rel=1.5e-3)


def test_between_the_tables_energies_we_agree_with_elams_tables():
    xraydb = pytest.importorskip("xraydb")
    energy = np.array([12, 17, 25, 35, 45, 55, 70, 90, 120, 180, 250, 450, 511, 700.0])
    for element in ("H", "C", "N", "O", "P", "Ca", "Ti", "Fe", "I"):
        ours = mass_attenuation_cm2_g({element: 1.0}, energy)
        # 1 %: half-way between tabulated energies, monotone cubics can do no better.
        assert ours == pytest.approx(xraydb.mu_elam(element, energy * 1e3), rel=1e-2), element


def test_absorption_edges_are_kept_sharp():
    below, at, above = mass_attenuation_cm2_g({"I": 1.0}, [33.1, 33.17, 33.3])
    assert at == pytest.approx(35.82, rel=1e-3)
    assert below < 7
    assert 35 < above < at


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("lung", -800, -650), ("lung_inspired", -900, -800), ("adipose", -120, -60),
        ("csf", 0, 15), ("white_matter", 25, 36), ("grey_matter", 35, 45), ("infarct", 20, 33),
        ("blood", 40, 65), ("blood_clot", 60, 80), ("muscle", 35, 65), ("liver", 40, 65),
        ("soft_tissue", 20, 70), ("nodule", 10, 60), ("spongy_bone", 100, 500),
        ("cortical_bone", 1000, 2000), ("blood_iodine", 200, 450), ("titanium", 5000, 20000),
    ],
)  # fmt: skip
def test_tissues_have_their_clinical_hounsfield_units(name, low, high):
    assert low < hounsfield(name, 70.0) < high


def test_order_of_the_brain_on_ct():
    order = ["csf", "infarct", "white_matter", "grey_matter", "blood_clot", "cortical_bone"]
    values = [float(hounsfield(name)) for name in order]
    assert values == sorted(values)


def test_every_tissue_adds_up_and_has_a_source():
    for name, tissue in TISSUES.items():
        assert sum(tissue.composition.values()) == pytest.approx(1), name
        assert tissue.density_g_cm3 > 0, name
        assert tissue.source, name
        assert np.all(attenuation_per_mm(name, [10, 60, 511, 1000]) > 0), name


def test_mixture_keeps_mass_and_volume():
    a, b = TISSUES["water"], TISSUES["adipose"]
    mixed = constants.mixture([(a, 3.0), (b, 1.0)])
    assert mixed.density_g_cm3 == pytest.approx(4 / (3 / 1.0 + 1 / 0.95))
    hydrogen = (3 * a.composition["H"] + b.composition["H"]) / 4
    assert mixed.composition["H"] == pytest.approx(hydrogen)
    # Linear attenuation of a mixture is the volume average of its parts.
    mu = 0.1 * mixed.density_g_cm3 * mass_attenuation_cm2_g(mixed.composition, 60)
    volumes = np.array([3 / 1.0, 1 / 0.95])
    parts = np.array([attenuation_per_mm("water", 60), attenuation_per_mm("adipose", 60)])
    assert mu == pytest.approx(np.average(parts, weights=volumes))


def test_ten_mg_of_iodine_per_ml_adds_what_iodine_attenuates():
    gain = attenuation_per_mm("blood_iodine", 70) - attenuation_per_mm("blood", 70)
    assert gain == pytest.approx(0.1 * 0.010 * mass_attenuation_cm2_g({"I": 1.0}, 70), rel=1e-6)


def test_shape_follows_the_energies():
    assert attenuation_per_mm("water", 60).shape == ()
    assert attenuation_per_mm("water", [[60, 70, 80]]).shape == (1, 3)


def test_errors_say_what_to_do():
    with pytest.raises(KeyError, match="no tissue 'jelly'; there are: air"):
        attenuation_per_mm("jelly", 60)
    with pytest.raises(ValueError, match="10 to 1000 keV"):
        attenuation_per_mm("water", 60_000)  # in eV
    with pytest.raises(ValueError, match="10 to 1000 keV"):
        attenuation_per_mm("water", np.nan)
    with pytest.raises(KeyError, match="no attenuation table for element 'U'"):
        mass_attenuation_cm2_g({"U": 1.0}, 60)


def test_constants_have_their_units():
    assert pytest.approx(510.999, abs=1e-3) == constants.ELECTRON_REST_KEV
    assert pytest.approx(42.577, abs=1e-3) == constants.PROTON_GYROMAGNETIC_MHZ_T
