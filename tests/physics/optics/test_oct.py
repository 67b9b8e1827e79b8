"""OCT tells depths exactly, resolves what its bandwidth allows, and shows speckle."""

from dataclasses import replace

import numpy as np
import pytest

from medkit.anatomy.regions.eye import eye
from medkit.physics.optics import oct
from medkit.physics.optics.oct_scanner import OCTProtocol

CLEAN = OCTProtocol(sensitivity_db=np.inf, rolloff_db=0)
DISPERSED = replace(CLEAN, dispersion_um2=60.0)


def peak(scan, protocol):
    """Depth and height of the highest point, between rows by a parabola."""
    i = int(scan.argmax())
    left, top, right = scan[i - 1 : i + 2]
    off = (left - right) / (2 * (left - 2 * top + right))
    return (i + off) * protocol.depths_um[1], top - (left - right) * off / 4


def mean_power(subject, protocol, averages):
    """Return the mean power of some scans of an eye's first plane, each with its own speckle."""
    rng = np.random.default_rng(2)
    scans = [
        oct.reconstruct(oct.acquire(subject, protocol, rng=rng), protocol)[0]
        for _ in range(averages)
    ]
    return np.mean(10 ** (np.array(scans) / 10), axis=0)


@pytest.mark.parametrize("depth", [37.0, 250.0, 801.3, 1500.0])
@pytest.mark.parametrize("protocol", [CLEAN, DISPERSED], ids=["plain", "dispersed"])
def test_a_mirror_is_where_it_is(depth, protocol):
    scan = oct.a_scan(oct.mirrors(depth, 0.01, protocol), protocol)
    found, height = peak(scan, protocol)
    assert found == pytest.approx(depth, abs=0.05)
    if depth < 300:  # deeper, interpolation fades the fringes a little
        assert height == pytest.approx(-40, abs=0.2)


@pytest.mark.parametrize(("wavelength", "bandwidth"), [(0.84, 0.02), (0.84, 0.05), (1.31, 0.1)])
@pytest.mark.parametrize("index", [1.0, 1.375])
def test_axial_resolution(wavelength, bandwidth, index):
    """δz = (2 ln 2/π)(λ₀²/Δλ)/n, measured from a mirror's point spread."""
    protocol = replace(
        CLEAN, wavelength_um=wavelength, bandwidth_um=bandwidth, span_um=4 * bandwidth, index=index
    )
    exact = 2 * np.log(2) / np.pi * wavelength**2 / bandwidth / index
    assert protocol.axial_resolution_um == pytest.approx(exact)
    scan = oct.a_scan(oct.mirrors(40 * exact, 0.01, protocol), protocol)
    assert oct.width_um(scan, protocol.depths_um) == pytest.approx(exact, rel=0.01)


def test_dispersion_broadens_and_compensation_restores():
    spectrum = oct.mirrors(500.0, 0.01, DISPERSED)
    blurred = oct.a_scan(spectrum, DISPERSED, compensate=False)
    sharp = oct.a_scan(spectrum, DISPERSED)
    assert oct.width_um(blurred, CLEAN.depths_um) > 3 * CLEAN.axial_resolution_um
    # The spectrometer's edges cut a little off the Gaussian.
    assert oct.width_um(sharp, CLEAN.depths_um) == pytest.approx(
        CLEAN.axial_resolution_um, rel=0.03
    )
    assert sharp.max() > blurred.max() + 5


def test_second_order_dispersion_broadens_as_for_a_gaussian_pulse():
    """A chirp a₂ widens a Gaussian by √(1 + (2a₂σ²)²), σ the deviation of its amplitude in k."""
    chirped = replace(CLEAN, dispersion_um2=40.0)
    blurred = oct.a_scan(oct.mirrors(500.0, 0.01, chirped), chirped, compensate=False)
    sigma = 2 * np.pi * 0.05 / 0.84**2 / np.sqrt(8 * np.log(2))
    factor = np.sqrt(1 + (2 * 40.0 * sigma**2) ** 2)
    assert oct.width_um(blurred, CLEAN.depths_um) == pytest.approx(
        factor * CLEAN.axial_resolution_um, rel=0.03
    )


def test_behind_zero_delay_the_picture_is_folded():
    before = oct.a_scan(oct.mirrors(-300.0, 0.01, CLEAN), CLEAN)
    assert peak(before, CLEAN)[0] == pytest.approx(300.0, abs=0.05)


def test_two_mirrors_beat_weakly_with_each_other():
    scan = oct.a_scan(oct.mirrors([600.0, 800.0], [0.02, 0.02], CLEAN), CLEAN)
    at = np.searchsorted(CLEAN.depths_um, [200.0, 600.0, 800.0])
    ghost, first, second = (scan[i - 2 : i + 3].max() for i in at)
    # Their own interference lies at the difference of depths, 2·r lower.
    assert first == pytest.approx(second, abs=0.5)
    assert first - ghost == pytest.approx(-20 * np.log10(0.02), abs=1.0)


def test_noise_is_as_low_as_the_sensitivity():
    protocol = replace(CLEAN, sensitivity_db=90.0)
    spectra = np.stack([oct.mirrors(500.0, 1e-6, protocol, rng=k) for k in range(40)])
    scans = oct.reconstruct(spectra, protocol)
    noise = 10 * np.log10(np.mean(10 ** (scans[300:900] / 10)))
    # Interpolating to even k averages neighbouring pixels: a good decibel less noise.
    assert noise == pytest.approx(-91, abs=0.5)


def test_rolloff_fades_the_depth():
    protocol = replace(CLEAN, rolloff_db=12.0)
    deep = 0.5 * protocol.max_depth_um
    scans = [oct.a_scan(oct.mirrors(deep, 0.01, p), p).max() for p in (CLEAN, protocol)]
    assert scans[0] - scans[1] == pytest.approx(3.0, abs=0.05)


def test_speckle_of_one_layer_is_fully_developed():
    """Amplitude mean/deviation 1.91, intensity deviation/mean 1."""
    subject = eye(rng=0, shape=(1, 400, 256), n_vessels=0)
    subject.labels[:] = 2
    protocol = replace(CLEAN, zero_delay_um=60.0)
    decibel = oct.reconstruct(oct.acquire(subject, protocol, rng=1), protocol)[0]
    amplitude = 10 ** (decibel / 20)
    rows = amplitude[100:200:4]
    rows = rows / rows.mean(axis=1, keepdims=True)  # deeper rows are darker
    assert rows.mean() / rows.std() == pytest.approx(1.91, abs=0.08)


def test_averaging_smooths_speckle():
    subject = eye(rng=0, shape=(1, 400, 128), n_vessels=0)
    subject.labels[:] = 2
    spread = []
    for averages in (1, 8):
        power = mean_power(subject, replace(CLEAN, zero_delay_um=0.0), averages)[60:160:4]
        spread.append((power / power.mean(axis=1, keepdims=True)).std())
    assert spread[0] / spread[1] == pytest.approx(np.sqrt(8), rel=0.15)


def test_layers_lie_where_the_eye_has_them():
    subject, protocol = eye(rng=4), OCTProtocol(zero_delay_um=0.0)
    row_um = protocol.depths_um[1]
    power = mean_power(subject, protocol, 4)
    for column in (60, 256, 400):
        line = power[:, column - 4 : column + 5].mean(axis=1)
        first = np.argmax(line > 20 * line[:15].mean()) * row_um
        truth = subject.boundaries_um[0, 0, column]
        assert first == pytest.approx(truth, abs=8.0)


def test_vessels_cast_shadows_and_fluid_is_dark():
    subject, protocol = eye(fluid=3, rng=1), OCTProtocol(zero_delay_um=0.0)
    rows = (protocol.depths_um / subject.spacing_um[1]).astype(int)
    rows = rows[rows < subject.shape[1]]
    labels = subject.labels[0][rows]
    scan = 10 * np.log10(mean_power(subject, protocol, 1))[: len(rows)]
    fluid = scan[labels == 15].mean()
    assert fluid < scan[labels == 6].mean() - 10
    below = labels == 11
    shaded = subject.lesions["vessels"][0].any(axis=0)
    assert scan[below & shaded].mean() < scan[below & ~shaded].mean() - 1


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="end with 2048"):
        oct.reconstruct(np.zeros((3, 100)), CLEAN)
    with pytest.raises(ValueError, match="n_samples"):
        OCTProtocol(n_samples=15)
    with pytest.raises(ValueError, match="bandwidth_um"):
        OCTProtocol(bandwidth_um=0)


def test_inputs_stay_as_they_are():
    spectra = np.stack([oct.mirrors(300.0, 0.01, CLEAN)] * 3)
    before = spectra.copy()
    oct.reconstruct(spectra, CLEAN)
    np.testing.assert_array_equal(spectra, before)
