"""The tube's spectrum has the right end, mean and lines; Beer and Lambert hold."""

import numpy as np
import pytest

from medkit.constants import TISSUES, attenuation_per_mm
from medkit.physics import spectrum


def mean_energy(kvp, filtration):
    energy, photons = spectrum.tube_spectrum(kvp, filtration)
    return np.average(energy, weights=photons)


@pytest.mark.parametrize(
    ("kvp", "filtration", "mean", "photons"),
    # Mean energy in keV and photons per mm² and mAs at 1 m of SpekPy 2.5.4, 12° tungsten anode
    # (doi:10.1002/mp.14945). It includes air and depth in the anode, which we do not.
    [
        (80, 2.5, 42.9, 1.524e6),
        (100, 6, 54.3, 1.534e6),
        (120, 2.5, 54.4, 3.616e6),
        (120, 6, 59.6, 2.351e6),
        (120, 10, 63.3, 1.592e6),
        (140, 6, 64.4, 3.233e6),
    ],
)
def test_agrees_with_spekpy(kvp, filtration, mean, photons):
    assert abs(mean_energy(kvp, filtration) - mean) < 1.5
    assert spectrum.tube_spectrum(kvp, filtration)[1].sum() == pytest.approx(photons, rel=0.13)


def test_no_photon_has_more_than_the_tube_voltage():
    energy, photons = spectrum.tube_spectrum(90.0)
    assert energy.max() < 90
    assert np.all(photons >= 0)


def test_filters_and_voltage_harden():
    assert mean_energy(120, 2) < mean_energy(120, 7) < mean_energy(120, 15)
    assert mean_energy(80, 7) < mean_energy(100, 7) < mean_energy(140, 7)


def test_lines_appear_above_the_k_edge_only():
    energy = spectrum.energies(140.0)
    assert spectrum.characteristic(energy, 69.0).sum() == 0
    lines = spectrum.characteristic(energy, 120.0)
    assert np.all(lines[(energy < 56) | (energy > 71)] == 0)
    total = lines.sum() * spectrum.STEP_KEV  # the lines' photons, whatever the width of the bins
    over = 120 / spectrum.K_EDGE_KEV - 1
    assert total == pytest.approx(
        spectrum.KRAMERS_PHOTONS * spectrum.LINE_STRENGTH * over**1.63, rel=1e-6
    )


def test_the_filter_is_beer_and_lambert():
    energy, thin = spectrum.tube_spectrum(100.0, 2.0)
    thick = spectrum.tube_spectrum(100.0, 5.0)[1]
    expected = thin * np.exp(-3 * attenuation_per_mm("aluminium", energy))
    np.testing.assert_allclose(thick, expected, rtol=1e-10)


@pytest.mark.parametrize(("kvp", "filtration"), [(10, 5), (400, 5), (100, -1)])
def test_impossible_tubes_are_refused(kvp, filtration):
    with pytest.raises(ValueError, match="give"):
        spectrum.tube_spectrum(kvp, filtration)


def test_detectors():
    energy = np.array([30.0, 60.0])
    assert spectrum.detector_response(energy).tolist() == [30, 60]
    assert spectrum.detector_response(energy, "counting").tolist() == [1, 1]
    with pytest.raises(ValueError, match="integrating"):
        spectrum.detector_response(energy, "film")


def test_transmission_is_the_weighted_sum_of_exponentials():
    rng = np.random.default_rng(0)
    paths, curves = rng.random((2, 5, 700)) * 30, rng.random((2, 9)) * 0.1
    weights = rng.random(9)
    weights /= weights.sum()
    expected = np.einsum("e,eij->ij", weights, np.exp(-np.einsum("mij,me->eij", paths, curves)))
    np.testing.assert_allclose(spectrum.transmission(paths, curves, weights), expected, rtol=1e-5)


def basis(*tissues):
    energy, photons = spectrum.tube_spectrum(120.0)
    weights = photons / photons.sum()
    return *spectrum.attenuation_basis(tissues, tuple(energy), tuple(weights)), energy, weights


def test_a_few_curves_make_every_tissue():
    amounts, curves, energy, weights = basis(*TISSUES)
    exact = np.stack([attenuation_per_mm(t, energy) for t in TISSUES])
    error = np.sqrt((amounts.T @ curves - exact) ** 2 @ weights)
    assert np.all(error < 1.01 * spectrum.BASIS_ERROR * np.maximum(exact @ weights, 0.02))


def test_the_body_is_two_curves_and_iodine_or_metal_a_third():
    """Photoelectric effect and Compton scattering explain tissue (Alvarez and Macovski)."""
    body = ("air", "water", "adipose", "muscle", "lung", "blood", "cortical_bone")
    assert len(basis(*body)[1]) == 2
    assert len(basis(*body, "blood_iodine")[1]) == 3
    assert len(basis(*body, "titanium")[1]) == 3


def test_two_curves_are_right_behind_a_whole_body():
    """After 400 mm of water the spectrum is another; soft tissue is still right to 1 HU."""
    body = ("water", "adipose", "muscle", "lung", "blood", "liver")
    amounts, curves, energy, weights = basis(*body)
    water = attenuation_per_mm("water", energy)
    hard = weights * np.exp(-400 * water)
    for tissue, amount in zip(body, amounts.T, strict=True):
        error = (amount @ curves - attenuation_per_mm(tissue, energy)) @ hard / (water @ hard)
        assert abs(1000 * error) < 1
