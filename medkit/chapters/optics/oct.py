"""Explorers of ``14_optics``: OCT, from the colours of a lamp to the layers of the retina."""

from copy import deepcopy
from functools import lru_cache

import numpy as np

from medkit.anatomy.lifelike.macula import lifelike
from medkit.anatomy.regions.eye import LABEL, eye
from medkit.physics.optics import oct
from medkit.physics.optics.oct_scanner import OCTProtocol
from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Slider, Toggle, explorer

#: Columns of the simulated scans, and the width of retina that they cover.
COLUMNS, WIDTH_UM = 224, 4500.0
#: Brightness of all scans: from the noise to the brightest layer.
WINDOW_DB = (-99.0, -52.0)
#: The scanner, and its picture: mm along, µm into the eye.
SCANNER = OCTProtocol(n_samples=1024, zero_delay_um=-60.0)
EXTENT = (-WIDTH_UM / 2000, WIDTH_UM / 2000, 0.0, float(SCANNER.depths_um[-1]))


@lru_cache(maxsize=16)
def retina(fluid: int = 0, drusen: int = 0, seed: int = 3, columns: int = COLUMNS):
    """Return a digital macula of `WIDTH_UM`, with the texture of a living one."""
    extent = (0.0, 800.0, WIDTH_UM)
    body = eye(fluid=fluid, drusen=drusen, shape=(1, 400, columns), extent_um=extent, rng=seed)
    return lifelike(body, seed=seed)


def macula(scan, title: str, extent=EXTENT, **more) -> Image:
    """Return a panel of a scan, mm along and µm into the eye."""
    axes = {"extent": extent, "xlabel": "from the fovea (mm)", "ylabel": "depth (µm)"}
    return Image(scan, title, values=("dB", *WINDOW_DB), smooth=True, **axes, **more)


def _wide(bandwidth_nm, dispersion_um2, **more):
    """Return a scanner with one and the same spectrometer for lamps of 10 to 150 nm."""
    return OCTProtocol(
        bandwidth_um=bandwidth_nm / 1000, span_um=0.25, dispersion_um2=float(dispersion_um2), **more
    )


@lru_cache(maxsize=64)
def _mirror(bandwidth_nm, dispersion_um2, compensate):
    """Return the depths of an A-scan, and a mirror's at 400 µm in dB, without noise."""
    quiet = _wide(bandwidth_nm, dispersion_um2, sensitivity_db=np.inf, rolloff_db=0.0)
    spectrum = oct.mirrors([400.0], [0.1], quiet)
    return quiet.depths_um, oct.a_scan(spectrum, quiet, compensate=compensate)


def mirror_width_um(bandwidth_nm: float, dispersion_um2: float, compensate: bool) -> float:
    """Return how wide a mirror appears in an A-scan, measured at half its height, in µm."""
    depths, decibel = _mirror(bandwidth_nm, dispersion_um2, compensate)
    return oct.width_um(decibel, depths)


@lru_cache(maxsize=1)
def _returned():
    """Return the light of a retina, the same for every lamp, and the chance of its noise."""
    patient, protocol = retina(columns=160), _wide(60, 20, rolloff_db=4.0, zero_delay_um=-60.0)
    amplitude = oct.scatterers(patient, protocol, rng=(rng := np.random.default_rng(0)))
    return oct.returned(amplitude, patient.spacing_um[1], protocol), rng


@explorer(
    title="The wider the rainbow, the finer the depth",
    bandwidth_nm=Slider(10, 150, 60, 5, unit="nm", label="Bandwidth of the lamp", play_s=8),
    dispersion_um2=Slider(0, 80, 20, 5, unit="µm²", label="Dispersion mismatch"),
    compensate=Toggle(False, label="Compensate dispersion"),
)
def bandwidth(*, bandwidth_nm, dispersion_um2, compensate):
    """Widen the spectrum of the lamp until the layers of the retina come apart."""
    protocol = _wide(bandwidth_nm, dispersion_um2, rolloff_db=4.0, zero_delay_um=-60.0)
    light, rng = deepcopy(_returned())
    spectra = oct.detect(light, protocol, oct.shot_noise(light.shape, protocol, rng=rng))
    scan = oct.reconstruct(spectra, protocol, compensate=compensate)[0]
    row_um = protocol.depths_um[1]
    first, last = round(60 / row_um), round(900 / row_um)
    depths, mirror = _mirror(bandwidth_nm, dispersion_um2, compensate)
    amplitude = 10 ** ((mirror - mirror.max()) / 20)
    width = mirror_width_um(bandwidth_nm, dispersion_um2, compensate)
    return Picture(
        macula(scan[first:last], "OCT of a macula", extent=(*EXTENT[:2], 60, 900)),
        Lines(
            depths - 400,
            {"A-scan of a mirror": amplitude},
            "One mirror",
            xaxis=("depth from the mirror (µm)", -40, 40),
            yaxis=("amplitude (of the peak)", 0, 1.1),
        ),
        caption=f"the mirror is {width:.1f} µm wide; (2 ln 2/π)(λ₀²/Δλ)/n gives "
        f"{protocol.axial_resolution_um:.1f} µm",
        alt=f"A simulated OCT of a macula with a lamp of {bandwidth_nm} nm, and the A-scan of a "
        f"mirror, {width:.1f} µm wide.",
    )


@lru_cache(maxsize=8)
def _chance(look):
    """Return speckle and shot noise of one scan, whatever the eye and its place."""
    rng = np.random.default_rng(look)
    patient = retina()
    speckle = oct.speckle(patient.shape, patient.spacing_um[2], SCANNER, rng=rng)
    return speckle, oct.shot_noise((1, COLUMNS, SCANNER.n_samples), SCANNER, rng=rng)


@lru_cache(maxsize=24)
def _look(fluid, drusen, seed, delay_um, look):
    """Return the power of one scan of an eye, with speckle of its own."""
    protocol = OCTProtocol(n_samples=1024, zero_delay_um=float(delay_um))
    patient, (speckle, error) = retina(fluid, drusen, seed), _chance(look)
    light = oct.returned(oct.reflected(patient) * speckle, patient.spacing_um[1], protocol)
    return 10 ** (oct.reconstruct(oct.detect(light, protocol, error), protocol)[0] / 10)


def averaged_db(fluid=0, drusen=0, *, seed=3, delay_um=-60, averages=1) -> np.ndarray:
    """Return the mean of some scans of an eye in dB, shape (512, COLUMNS)."""
    looks = [_look(fluid, drusen, seed, delay_um, k) for k in range(averages)]
    return 10 * np.log10(np.mean(looks, axis=0))


def on_scan(mask: np.ndarray, delay_um: float) -> np.ndarray:
    """Return a mask of an eye, (row, column), on the rows of a scan: folded, as the scan is."""
    both = np.zeros((len(SCANNER.depths_um), mask.shape[1]), bool)
    for depths in (SCANNER.depths_um, -SCANNER.depths_um):
        rows = np.round((depths - delay_um) / 2.0 - 0.5).astype(int)
        inside = (rows >= 0) & (rows < mask.shape[0])
        both |= mask[np.clip(rows, 0, mask.shape[0] - 1)] & inside[:, None]
    return both


def grain_db(scan: np.ndarray, patient, delay_um: float) -> float:
    """Return the spread in dB within the inner plexiform layer, where all should be alike."""
    inside = on_scan(patient.labels[0] == LABEL["inner plexiform"], delay_um)
    return float(scan[inside].std())


@explorer(
    title="Read a retina",
    fluid=Choice([0, 1, 2, 3, 4], default=2, label="Pockets of fluid"),
    drusen=Slider(0, 10, 3, 1, label="Drusen"),
    averages=Choice({"1": 1, "2": 2, "4": 4, "8": 8}, default=2, label="Scans averaged"),
    delay_um=Slider(-560, 200, -60, 20, unit="µm", label="Depth of the eye in the picture"),
    truth=Toggle(False, label="Show what is there"),
    patient=Button("Next patient"),
)
def oct_retina(*, fluid, drusen, averages, delay_um, truth, patient):
    """Meet fluid, drusen, speckle, and an eye that is too near or too far."""
    sick = retina(fluid, drusen, patient + 3)
    scan = averaged_db(fluid, drusen, seed=patient + 3, delay_um=delay_um, averages=averages)
    names = [name for name in ("fluid", "drusen", "vessels") if name in sick.lesions]
    masks = {name: on_scan(sick.lesions[name][0], delay_um) for name in names} if truth else {}
    middle, depths = COLUMNS // 2, SCANNER.depths_um
    thickness = float(sick.thickness_um[0, middle])
    folded = sick.boundaries_um[0].min() + delay_um < 0
    grain = "folded over" if folded else f"grain {grain_db(scan, sick, delay_um):.1f} dB"
    return Picture(
        macula(scan, "OCT of a macula", masks=masks),
        Lines(
            depths,
            {"A-scan through the fovea": scan[:, middle]},
            "The middle column",
            xaxis=("depth (µm)", 0, 1044),
            yaxis=("signal (dB)", -125, -45),
        ),
        caption=f"retina at the fovea {thickness:.0f} µm thick; {grain}; scans averaged: "
        f"{averages}; the eye starts at {delay_um} µm",
        alt=f"A simulated OCT of a macula with {fluid} pockets of fluid and {drusen} drusen, mean "
        f"of {averages} scans, and its middle A-scan.",
    )
