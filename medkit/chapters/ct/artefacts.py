"""Explorers of ``11_ct``: how a picture lies, and what two tube voltages put right."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy
from medkit.anatomy.regions.thorax import Build
from medkit.physics import ct
from medkit.physics.ct import dual_energy
from medkit.physics.ct.scanner import CTProtocol
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Toggle, explorer

#: Field of view, its pixels, and the size of one.
FIELD_MM, SIZE = 360.0, 192
PIXEL_MM = FIELD_MM / SIZE
#: The slice cuts the dome of the diaphragm, so that a breath can be seen.
HEIGHT_MM, BREATH_MM = -91.0, 9.0
PROTOCOL = CTProtocol(tube_current_mas=100.0, n_views=270, detector_spacing_mm=PIXEL_MM)

ARTEFACTS = {
    "nothing": "nothing is wrong",
    "few views": "straight streaks, worst at sharp edges and far from the centre",
    "limited angle": "part of the half turn is missing: edges along the missing rays vanish",
    "uneven detector": "wrong gains draw rings around the centre of rotation",
    "metal": "dark bands join the rods, bright and dark streaks leave them",
    "motion": "a breath during the scan: what moved has two outlines, joined by arcs",
    "truncation": "the patient is wider than the detector: a bright rim where the body leaves it",
    "beam hardening": "no water correction: the middle looks thinner than it is",
}


@lru_cache(maxsize=4)
def _chest(height_mm=HEIGHT_MM):
    return anatomy.thorax(height_mm, shape=(SIZE, SIZE), field_mm=FIELD_MM)


@lru_cache
def _sound():
    """Return the sinogram of the chest when nothing goes wrong."""
    return ct.acquire(_chest(), PROTOCOL, rng=0)


def _with_metal(severity):
    """Return the chest with two steel rods beside the spine, up to 16 mm thick."""
    _, back, left = _chest().grid_mm()
    rods = np.zeros(_chest().shape, bool)
    for side in (-40, 40):
        rods |= np.hypot(back - 86, left - side) < 8 * severity
    return _chest().with_lesion("rods", rods, "steel")


def _breath(severity):
    """Return a sinogram of which some views were taken while the diaphragm was higher."""
    later = ct.acquire(_chest(HEIGHT_MM - BREATH_MM * severity), PROTOCOL, rng=0)
    breath = np.sin(3 * np.pi * np.arange(len(later)) / len(later)) > 0
    return np.where(breath[:, None], _sound(), later)


@lru_cache(maxsize=32)
def spoil(cause: str, severity: float) -> tuple[np.ndarray, np.ndarray, CTProtocol]:
    """Let one thing go wrong.

    Parameters
    ----------
    cause : str
        One of `ARTEFACTS`.
    severity : float
        0 for not at all, 1 for badly.

    Returns
    -------
    sinogram : ndarray, shape (view, bin)
    image : ndarray, shape (SIZE, SIZE)
        In HU.
    protocol : CTProtocol
        The settings of that scan.
    """
    protocol, data = PROTOCOL, _sound()
    if cause == "few views":
        protocol = replace(protocol, n_views=round(270 * (20 / 270) ** severity))
    elif cause == "limited angle":
        views = round(270 - 135 * severity)
        protocol = replace(protocol, n_views=views, angular_range_deg=views * 2 / 3)
    if protocol != PROTOCOL:
        data = ct.acquire(_chest(), protocol, rng=0)
    if cause == "uneven detector":
        data = ct.acquire(_chest(), protocol, rng=0, gain_error=0.02 * severity)
    elif cause == "metal":
        data = ct.acquire(_with_metal(severity), protocol, rng=0)
    elif cause == "motion":
        data = _breath(severity)
    elif cause == "truncation":
        across = np.abs(np.arange(SIZE) - (SIZE - 1) / 2)
        data = np.where(across < SIZE / 2 * (1 - 0.45 * severity), data, 0)
    straight = ct.correct_beam_hardening(data, protocol)
    if cause == "beam hardening":
        straight = straight * (1 - severity) + data * severity
    mu = ct.reconstruct(straight, protocol, filter="hann", water_correction=False)
    return data, ct.to_hounsfield(mu, protocol.effective_energy_kev), protocol


@explorer(
    title="What can go wrong",
    cause=Choice(list(ARTEFACTS), default="metal", label="What goes wrong"),
    severity=Slider(0.0, 1.0, 0.8, 0.1, unit="", label="How badly"),
)
def artefacts(*, cause, severity):
    """Learn the signature of each artefact, in the picture and in the sinogram."""
    data, image, protocol = spoil(cause, severity)
    error = float(np.abs(image - spoil("nothing", 0.0)[1])[ct.field_of_view(SIZE)].mean())
    half = FIELD_MM / 2
    # Where the body fades for want of views, or lung and liver mix, a wide window shows more.
    wide = cause in ("limited angle", "motion")
    limits = (-1000, 350) if wide else (-250, 350)
    return Picture(
        Image(image, "Picture", values=("HU", *limits), spacing_mm=PIXEL_MM),
        Image(
            data,
            "Sinogram",
            values=("1", 0, 9),
            xaxis=("detector (mm)", -half, half),
            yaxis=("view (°)", 0, protocol.angular_range_deg),
        ),
        caption=f"{cause}: {ARTEFACTS[cause]}; mean error {error:.0f} HU",
        alt=f"A chest CT and its sinogram with {cause}, severity {severity:.2f}: "
        f"{ARTEFACTS[cause]}.",
    )


@lru_cache(maxsize=32)
def cylinder(diameter_mm: float, tube_voltage_kvp: float, corrected: bool, bones: bool):
    """Return the picture, in HU, of a cylinder of water with or without two bones in it."""
    patient = anatomy.disc(diameter_mm / 2, shape=(160, 160), field_mm=320.0)
    if bones:
        _, back, left = patient.grid_mm()
        rods = np.hypot(back, np.abs(left) - 0.3 * diameter_mm) < 0.08 * diameter_mm
        patient = patient.with_lesion("bones", rods, "cortical_bone")
    protocol = CTProtocol(
        tube_voltage_kvp=tube_voltage_kvp,
        tube_current_mas=np.inf,
        n_views=180,
        detector_spacing_mm=2.0,
    )
    data = ct.acquire(patient, protocol)
    mu = ct.reconstruct(data, protocol, filter="hann", water_correction=corrected)
    return ct.to_hounsfield(mu, protocol.effective_energy_kev)


@explorer(
    title="A cylinder of water",
    diameter_mm=Slider(60, 300, 240, 10, unit="mm", label="Diameter"),
    tube_voltage_kvp=Slider.of(CTProtocol, "tube_voltage_kvp", default=80, step=5),
    corrected=Toggle(False, label="Water correction"),
    bones=Toggle(False, label="Two bones in it"),
)
def beam_hardening(*, diameter_mm, tube_voltage_kvp, corrected, bones):
    """Read off a profile that water is not everywhere 0 HU."""
    image = cylinder(diameter_mm, tube_voltage_kvp, corrected, bones)
    across = (np.arange(160) - 79.5) * 2.0
    middle = float(image[76:84, 76:84].mean())
    rim = float(image[76:84][:, np.abs(np.abs(across) - 0.45 * diameter_mm) < 3].mean())
    return Picture(
        Image(image, "Picture", values=("HU", -120, 120), spacing_mm=2.0),
        Lines(
            across,
            {"row through the middle": image[79:81].mean(axis=0), "water": np.zeros(160)},
            "CT number along the row",
            xaxis=("x (mm)", -160, 160),
            yaxis=("CT number (HU)", -160, 160),
            dashed=("water",),
        ),
        caption=f"middle {middle:.0f} HU, rim {rim:.0f} HU at {tube_voltage_kvp} kV",
        alt=f"A cylinder of water of {diameter_mm} mm at {tube_voltage_kvp} kV, and a row through "
        f"it: {middle:.0f} HU in the middle, {rim:.0f} HU near the rim.",
    )


#: The two tubes of a dual-energy scanner: the second with a thicker filter, to see harder
#: photons only.
TUBES = tuple(
    CTProtocol(
        tube_voltage_kvp=voltage,
        tube_current_mas=current,
        filtration_mm_al=filtration,
        n_views=240,
        detector_spacing_mm=FIELD_MM / 192,
    )
    for voltage, current, filtration in ((80.0, 300.0, 7.0), (140.0, 150.0, 30.0))
)
ENERGIES_KEV = np.arange(40, 191, 5)


@lru_cache
def enhanced_chest():
    """Return a chest with iodine in its blood, a calcified nodule, and two rods of steel.

    At 70 keV the nodule and the blood in the aorta have the same CT number.
    """
    patient = anatomy.thorax(-30.0, shape=(384, 384), field_mm=FIELD_MM, build=Build(contrast=True))
    _, back, left = patient.grid_mm()
    nodule = np.hypot(back + 20, left - 85) < 9
    rods = np.hypot(back - 74, np.abs(left) - 32) < 4
    patient = patient.with_lesion("nodule", nodule, "spongy_bone").with_lesion(
        "rods", rods, "steel"
    )
    return replace(patient, density=np.where(nodule, np.float32(1.01), patient.density))


@lru_cache
def materials() -> np.ndarray:
    """Return how much water and how much bone would explain both scans, (2, row, column)."""
    sinograms = [ct.acquire(enhanced_chest(), tube, rng=0) for tube in TUBES]
    lengths = dual_energy.decompose(sinograms, TUBES)
    return ct.reconstruct(lengths, TUBES[0], filter="hann", water_correction=False)


@lru_cache
def ordinary() -> np.ndarray:
    """Return the picture of the same chest with one voltage, 120 kV, in HU."""
    protocol = replace(TUBES[0], tube_voltage_kvp=120.0)
    return ct.scan(enhanced_chest(), protocol, rng=0, filter="hann").pixels[0]


def monoenergetic_hu(energy_kev: float) -> np.ndarray:
    """Return the picture that photons of one energy would have made, in HU."""
    return ct.to_hounsfield(dual_energy.monoenergetic(materials(), energy_kev), energy_kev)


def inside_of(tissue: str) -> np.ndarray:
    """Return where a tissue, or the nodule, lies in the picture, without its edges."""
    patient = enhanced_chest()
    where = patient.lesions["nodule"] if tissue == "nodule" else patient.where(tissue)
    return ndimage.binary_erosion(where[0], iterations=6)[::2, ::2]


@lru_cache
def _curve(tissue):
    """Return the mean CT number of one tissue at each of `ENERGIES_KEV`."""
    mean = materials()[:, inside_of(tissue)].mean(axis=1)
    return np.array([ct.to_hounsfield(dual_energy.monoenergetic(mean, e), e) for e in ENERGIES_KEV])


@explorer(
    title="One patient, every energy",
    energy_kev=Slider.of(CTProtocol, "energy_kev", default=70, step=5, play_s=6),
)
def dual_energy_chest(*, energy_kev):
    """Choose the photon energy after the scan: iodine and bone part, metal calms."""
    spacing, limits = TUBES[0].detector_spacing_mm, (-200.0, 500.0)
    curves = {
        "blood with iodine": _curve("blood_iodine"),
        "calcified nodule": _curve("nodule"),
        "heart muscle": _curve("heart"),
    }
    k = int(np.argmin(np.abs(ENERGIES_KEV - energy_kev)))
    iodine, bone = (float(curves[name][k]) for name in ("blood with iodine", "calcified nodule"))
    look = {"unit": "HU", "limits": limits, "spacing_mm": spacing, "colorbar": False}
    return Picture(
        Image(ordinary(), "One scan, 120 kV", **look),
        Image(monoenergetic_hu(energy_kev), f"At {energy_kev} keV", **look | {"colorbar": True}),
        Lines(
            ENERGIES_KEV,
            curves,
            "CT number by energy",
            xaxis=("photon energy (keV)", 40, 190),
            yaxis=("CT number (HU)", 0, 1000),
            marks={"": energy_kev},
        ),
        caption=f"at {energy_kev} keV: blood with iodine {iodine:.0f} HU, calcified nodule "
        f"{bone:.0f} HU",
        alt=f"A chest with iodine, a calcified nodule and steel rods at 120 kV, the same at "
        f"{energy_kev} keV from two voltages, and curves that cross: iodine {iodine:.0f} HU, "
        f"nodule {bone:.0f} HU.",
    )
