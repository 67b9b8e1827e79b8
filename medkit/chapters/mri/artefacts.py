"""Explorer of ``12_mri``: what goes wrong on the way to k-space, and how to recognise it."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy
from medkit.chapters.mri.kspace import FIELD_MM, SIZE, loudness, measured, plane_of_head, protocol
from medkit.physics import mri
from medkit.physics.mri import artefacts as faults
from medkit.physics.mri import kspace
from medkit.physics.mri.relaxation import FAT_SHIFT_PPM
from medkit.views.explorer import Choice, Image, Picture, Slider, explorer

#: Which of the planes 4 mm apart is shown distorted.
LOW_PLANE = 8
FAULTS = ("breathing", "one jerk", "folding", "ringing", "fat shift", "field distortion", "spike")
#: Lines that are measured while the patient breathes once.
BREATH_LINES = 10.7
#: Row and column of the sample that a spike hits.
SPIKE = (SIZE // 2 + 17, SIZE // 2 - 22)
#: The five pictures of the exercise: fault, severity, by letter.
RIDDLES = {
    "A": ("spike", 0.7),
    "B": ("breathing", 1.0),
    "C": ("ringing", 0.75),
    "D": ("folding", 0.8),
    "E": ("fat shift", 0.6),
}


@lru_cache
def clean(fault: str) -> np.ndarray:
    """Return the image without the fault, shape (SIZE, SIZE)."""
    return faulty(fault, 0.0)[0]


@lru_cache
def field_hz() -> np.ndarray:
    """Return the field error at 3 T above the sinuses of nose and forehead, (2 SIZE, 2 SIZE)."""
    planes = anatomy.head(np.arange(-62.0, 23.0, 4.0), shape=(SIZE, SIZE))
    field = faults.field_map_hz(planes, 3.0)[LOW_PLANE]
    return ndimage.zoom(field, 2, order=1, mode="nearest")


@lru_cache
def low_signal() -> np.ndarray:
    """Return the T2-weighted signal in the plane of that field, (2 SIZE, 2 SIZE)."""
    low = anatomy.head(-62.0 + 4 * LOW_PLANE, shape=(2 * SIZE, 2 * SIZE))
    return low.map({name: mri.tissue_signal(name, protocol()) for name in low.tissues})[0]


@lru_cache
def _water_and_fat():
    """Return the k-spaces of a head's water and of its fat."""
    plane = plane_of_head()
    signal = {name: mri.tissue_signal(name, protocol()) for name in plane.tissues}
    greasy = {name: s * (name == "adipose") for name, s in signal.items()}
    whole, fat = (mri.acquire(plane.map(part)[0], protocol())[0] for part in (signal, greasy))
    return whole - fat, fat


@lru_cache
def _breathed() -> np.ndarray:
    """Return k-spaces of the real abdomen, its front raised by 0 to 14 mm: (15, SIZE, SIZE).

    The back lies on the table; what is in front of it moves, the more the further forward.
    """
    image = np.abs(kspace.to_image(measured("real abdomen")))
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(float)
    pixel_mm = 350.0 / SIZE
    share = np.clip((0.72 * SIZE - rows) / (0.45 * SIZE), 0, 1)
    raised = [
        ndimage.map_coordinates(image, (rows + mm / pixel_mm * share, columns), order=1)
        for mm in range(15)
    ]
    return kspace.to_kspace(np.array(raised))


def _motion(fault, severity):
    """Measure each line of the abdomen where its front is at that moment."""
    line = np.arange(SIZE)
    if fault == "breathing":
        mm = 7 * severity * (1 - np.cos(2 * np.pi * line / BREATH_LINES))
        words = f"the front moves {14 * severity:.0f} mm, a breath every {BREATH_LINES} lines"
    else:
        mm = 14 * severity * (line > 0.6 * SIZE)
        words = f"the front moves {14 * severity:.0f} mm after 60 % of the lines"
    low = np.minimum(mm.astype(int), 13)
    part = (mm - low)[:, None].astype(np.float32)
    moved = _breathed()
    return (1 - part) * moved[low, line] + part * moved[low + 1, line], words


def faulty(fault: str, severity: float) -> tuple[np.ndarray, np.ndarray, str]:
    """Return an image with one fault, what was measured, and in words how large the fault is.

    Parameters
    ----------
    fault : str
        One of `FAULTS`.
    severity : float
        From 0 to 1.

    Returns
    -------
    image : ndarray of float32, shape (SIZE, SIZE)
    data : ndarray of complex64, shape (row, SIZE)
        The k-space: fewer rows where fewer lines are measured.
    words : str
    """
    line = np.arange(SIZE)
    if fault in ("breathing", "one jerk"):
        data, words = _motion(fault, severity)
    elif fault == "folding":
        rows = SIZE - 2 * round(24 * severity)
        field = FIELD_MM * rows / SIZE
        few = protocol(matrix=(rows, SIZE), fov_mm=(field, FIELD_MM), bandwidth_hz=1e5)
        data = mri.acquire(plane_of_head(), few)[0]
        edge = (SIZE - rows) // 2
        image = np.pad(np.abs(kspace.to_image(data)), ((edge, edge), (0, 0)))
        return image, data, f"field of view {field:.0f} mm"
    elif fault == "ringing":
        rows = SIZE - 2 * round(48 * severity)
        data = measured() * (np.abs(line - SIZE // 2 + 0.5) < rows / 2)[:, None]
        words = f"{rows} of {SIZE} lines"
    elif fault == "fat shift":
        water, fat = _water_and_fat()
        pixels = 12 * severity
        data = water + fat * np.exp(2j * np.pi * pixels * (line / SIZE - 0.5))
        bandwidth_hz = -FAT_SHIFT_PPM * 42.577 * 3.0 / max(pixels, 1e-3)
        words = f"fat moves by {pixels:.1f} pixels, at {bandwidth_hz:,.0f} Hz a pixel and 3 T"
    elif fault == "field distortion":
        shift = field_hz() * severity / 30  # in pixels of the image: an echo-planar read-out
        moved = faults.distort(low_signal(), 2 * shift)
        data = mri.acquire(moved, protocol())[0]
        words = f"spins move by up to {np.abs(shift[low_signal() > 0.1]).max():.0f} pixels"
    else:
        data = faults.spike(measured(), *SPIKE, 0.6 * severity)
        words = f"one sample is off by {0.6 * severity:.0%} of the largest"
    return np.abs(kspace.to_image(data)), data, words


def riddles() -> dict[str, np.ndarray]:
    """Return the five pictures of the exercise ``12_mri.artefacts`` by letter, (SIZE, SIZE)."""
    return {letter: faulty(*fault)[0] for letter, fault in RIDDLES.items()}


@explorer(
    title="What goes wrong",
    fault=Choice(FAULTS, label="Fault"),
    severity=Slider(0.0, 1.0, 0.7, 0.05, unit="", label="Severity"),
)
def artefacts(*, fault, severity):
    """See the signature of each fault, and where it comes from."""
    image, data, words = faulty(fault, severity)
    without = {name: clean(name) for name in FAULTS}[fault]  # so that no later choice must wait
    # The bright kidneys may be white, so that ghosts in the air are seen.
    high = (0.4 if fault in ("breathing", "one jerk") else 0.7) * float(without.max())
    box = np.array([[-4, 4, 4, -4, -4], [-4, -4, 4, 4, -4]])
    hit = {"the wrong sample": (SPIKE[1] + box[0], SPIKE[0] + box[1])} if fault == "spike" else {}
    look = {"unit": "1", "colorbar": False, "smooth": True}
    return Picture(
        Image(without, "Without", limits=(0, high), **look),
        Image(image, fault.capitalize(), limits=(0, high), **look),
        Image(loudness(data), "k-space as measured", limits=(-2.2, 1.3), curves=hit, **look),
        caption=f"{fault}: {words}; error {np.sqrt(np.mean((image - without) ** 2)):.3f} of M₀",
        alt=f"A picture without and with the artefact {fault} ({words}), and its k-space.",
    )
