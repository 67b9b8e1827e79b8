"""Optics: the OCT chain, a hologram and unwrapping beside what a user would pick; simulation."""

import warnings

import numpy as np

from medkit.anatomy.regions.eye import eye
from medkit.anatomy.regions.skin import skin
from medkit.authoring.benchmark import Comparison, benchmark
from medkit.physics import noise
from medkit.physics.optics import dermoscopy, holography, oct, unwrapping
from medkit.physics.optics.oct_scanner import OCTProtocol


def naive_oct(spectra, protocol):
    """Reconstruct A-scan by A-scan with NumPy, as a first script would."""
    k = protocol.wavenumbers
    pixels = 2 * np.pi / protocol.pixels_um
    turn = np.exp(-1j * protocol.dispersion_rad(k)) / protocol.source(k).sum()
    lines = []
    for spectrum in spectra:
        fringes = np.interp(k, pixels[::-1], (spectrum - protocol.background)[::-1])
        scan = np.fft.fft(fringes * turn)[: protocol.n_samples // 2]
        lines.append(20 * np.log10(np.abs(scan) + 1e-7))
    return np.array(lines).T


def spread(image, protocol, depths, amplitude):
    """Mean error in dB of the height of mirrors, one in each A-scan."""
    heights = image.max(axis=0) - 20 * np.log10(amplitude)
    # What lies between two rows is lower by a known amount; both sides get it taken off.
    rows = depths / protocol.depths_um[1]
    off = (rows - np.round(rows)) * protocol.depths_um[1] / protocol.axial_resolution_um
    return float(np.abs(heights + 20 * np.log10(np.e) * 4 * np.log(2) * off**2).mean())


@benchmark("optics.oct")
def oct_chain():
    protocol = OCTProtocol(sensitivity_db=np.inf, rolloff_db=0, dispersion_um2=30.0)
    depths = np.linspace(50, 0.7 * protocol.max_depth_um, 1024)
    spectra = np.stack([oct.mirrors(z, 0.01, protocol) for z in depths])
    return Comparison(
        lambda: oct.reconstruct(spectra, protocol),
        lambda: naive_oct(spectra, protocol),
        "NumPy loop",
        spread(oct.reconstruct(spectra, protocol), protocol, depths, 0.01),
        spread(naive_oct(spectra, protocol), protocol, depths, 0.01),
        "1024 A-scans × 2048 samples, with dispersion; error: dB of mirrors down to 0.7 depth",
        rounds=5,
    )


@benchmark("optics.hologram")
def hologram():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about FFT back ends that are not there
        import qpretrieve

    row, column = np.mgrid[:512, :512] - 256.0
    bump = np.exp(-(row**2 + column**2) / (2 * 60**2))
    wave = (1 - 0.2 * bump) * np.exp(4j * bump)
    carrier = 0.1875, 0.1875
    light = np.abs(wave + holography.tilted_wave(wave.shape, carrier)) ** 2
    picture = noise.poisson(np.float32(1000 * light), 0) / np.float32(1000)

    def theirs():
        return qpretrieve.OffAxisHologram(picture).field

    def error(found):
        candidates = []
        for field in (found, found.conj()):  # which side band is used is a convention
            turned = field * np.vdot(field, wave) / np.vdot(field, field)
            candidates.append(np.sqrt(np.mean(np.abs(turned - wave) ** 2)))
        return float(min(candidates))

    return Comparison(
        lambda: holography.demodulate(picture, carrier),
        theirs,
        "qpretrieve",
        error(holography.demodulate(picture, carrier)),
        error(theirs()),
        "512², qpretrieve searches the carrier, too; error: rms of the wave",
        rounds=5,
    )


@benchmark("optics.unwrap")
def unwrap():
    """Unwrap a smooth hill on a slope under noise, four draws for the error."""
    from skimage.restoration import unwrap_phase

    sigma = 0.75
    row, column = np.mgrid[:512, :512] - 256.0
    hill = 14 * np.exp(-(row**2 + (column + 30) ** 2) / (2 * 80**2)) + 0.02 * column
    truths = [hill + np.random.default_rng(k).normal(0, sigma, hill.shape) for k in range(4)]
    psi = unwrapping.wrap(truths[0])

    def error(method):
        turns = [np.round((method(unwrapping.wrap(t)) - t) / (2 * np.pi)) for t in truths]
        return float(np.mean([np.mean(t != np.median(t)) for t in turns]))

    return Comparison(
        lambda: unwrapping.unwrap_least_squares(psi),
        lambda: unwrap_phase(psi),
        "scikit-image unwrap_phase",
        error(unwrapping.unwrap_least_squares),
        error(unwrap_phase),
        f"512², noise {sigma} rad, least squares; error: part of the pixels off by whole turns",
        rounds=5,
    )


#: A quick retinal scanner for learning sets: 64 A-scans, and rows of some 12 µm.
SMALL = OCTProtocol(bandwidth_um=0.011, n_samples=256, zero_delay_um=20.0)


def small_b_scan(rng, sick):
    subject = eye(
        fluid=int(sick) * rng.integers(1, 4),
        shape=(1, 200, 64),
        extent_um=(0.0, 600.0, 3000.0),
        rng=rng,
    )
    image = oct.reconstruct(oct.acquire(subject, SMALL, rng=rng), SMALL)[0]
    return image[2:66]


@benchmark("simulate.optics")
def simulate():
    def thousand():
        rng = np.random.default_rng(0)
        return np.stack([small_b_scan(rng, k % 2) for k in range(1000)])

    return Comparison(
        thousand, None, "", note="1,000 OCT B-scans 64 × 64, healthy or with fluid", rounds=1
    )


@benchmark("simulate.dermoscopy")
def simulate_skin():
    def thousand():
        rng = np.random.default_rng(0)
        kinds = ("naevus", "melanoma")
        patches = (skin(kinds[k % 2], shape=(64, 64), rng=rng) for k in range(1000))
        return np.stack([dermoscopy.acquire(patch, rng=rng) for patch in patches])

    return Comparison(thousand, None, "", note="1,000 lesions 64 × 64 in colour", rounds=1)
