"""Explorers of ``12_mri``: k-space, what its parts hold, and what goes wrong on the way there."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy
from medkit.data import dicom
from medkit.physics import mri
from medkit.physics.mri import artefacts as faults
from medkit.physics.mri import kspace
from medkit.physics.mri.relaxation import FAT_SHIFT_PPM
from medkit.views.explorer import Brush, Choice, Image, Picture, Slider, Toggle, explorer

#: Pixels of the k-spaces, and the field of view.
SIZE, FIELD_MM = 128, 240.0
FIELD = (FIELD_MM, FIELD_MM)
STARTS = (
    "nothing",
    "the middle",
    "all but the middle",
    "every second line",
    "one side",
    "one point",
)
LINES = ("all lines", "⅝ of them, else zeros", "⅝ of them, else symmetry")
#: Which of the planes 4 mm apart is shown distorted.
LOW_PLANE = 8
FAULTS = ("breathing", "one jerk", "folding", "ringing", "fat shift", "field distortion", "spike")


@lru_cache
def plane_of_head():
    """Return one plane of a head, finer than any scan of it."""
    return anatomy.head(10.0, shape=(384, 384))


def protocol(**changes):
    """Return a T2-weighted protocol of one coil without noise, changed."""
    settings = {"matrix": (SIZE, SIZE), "n_coils": 1, "noise": 0, "fov_mm": FIELD}
    return mri.preset("T2w", **(settings | changes))


@lru_cache
def measured(picture: str = "simulated head") -> np.ndarray:
    """Return a k-space of SIZE × SIZE, read-only.

    That of the real abdomen is computed from the stored magnitude image: the scanner did
    not keep its own.
    """
    if picture == "simulated head":
        # Read so fast that fat stays where it is.
        data = mri.acquire(plane_of_head(), protocol(bandwidth_hz=1e5))[0]
    else:
        pixels = dicom.read(dicom.example("overlay")).pixels[0].astype(np.float32)
        square = np.zeros((484, 484), np.float32)
        square[92:392] = pixels / 600
        middle = slice(242 - SIZE // 2, 242 + SIZE // 2)
        data = kspace.to_kspace(square)[middle, middle] * np.float32(SIZE / 484)
    data.setflags(write=False)
    return data


def loudness(data: np.ndarray) -> np.ndarray:
    """Return the size of each sample as a power of ten."""
    return np.log10(np.abs(data) + 1e-4)


@lru_cache
def erased_at_start(start: str) -> np.ndarray:
    """Return which samples a choice of `STARTS` removes, shape (SIZE, SIZE)."""
    line = np.arange(SIZE) - SIZE // 2
    middle = np.hypot(line, line[:, None]) <= 12
    return {
        "nothing": np.zeros((SIZE, SIZE), bool),
        "the middle": middle,
        "all but the middle": ~middle,
        "every second line": np.broadcast_to(line[:, None] % 2 == 1, (SIZE, SIZE)),
        "one side": np.broadcast_to(line[:, None] < -8, (SIZE, SIZE)),
        "one point": (line[:, None] == 0) & (line == 0),
    }[start]


@explorer(
    title="Erase parts of k-space",
    picture=Choice(("simulated head", "real abdomen"), label="Picture"),
    start=Choice(STARTS, label="Erase"),
    keep=Toggle(False, label="The other way round: keep only that"),
    painted=Brush((SIZE, SIZE), label="Erase by painting", radius=6),
)
def erase(*, picture, start, keep, painted):
    """Paint on k-space, and see what the image loses."""
    data = measured(picture)
    gone = erased_at_start(start) | painted
    kept = data * (gone if keep else ~gone)
    before, after = (np.abs(kspace.to_image(k)) for k in (data, kept))
    power = float((np.abs(kept) ** 2).sum() / (np.abs(data) ** 2).sum())
    share = np.count_nonzero(kept) / np.count_nonzero(data)
    high = float(np.percentile(before, 99))
    half = SIZE / FIELD_MM / 2 * 10
    return Picture(
        Image(
            loudness(kept),
            title="k-space: paint here",
            unit="1",
            limits=(-2.2, 1.3),
            extent=(-half, half, -half, half),
            xlabel="kx (1/cm)",
            ylabel="ky (1/cm)",
            spacing_mm=1.0,
            colorbar=False,
        ),
        Image(after, title="Image", unit="1", limits=(0, high), colorbar=False, smooth=True),
        Image(
            np.abs(kspace.to_image(data - kept)),
            title="What was erased",
            unit="1",
            limits=(0, high),
            colorbar=False,
            smooth=True,
        ),
        caption=f"{share:.1%} of the samples are left, and {power:.1%} of the energy",
        alt=f"A k-space in which {share:.0%} of the samples are left, the image of it, and the "
        "image of what was erased.",
    )


@explorer(
    title="Lines, field of view, and time",
    rows=Slider(32, 256, 128, 16, unit="", label="Phase-encoding lines"),
    field_mm=Slider(120, 300, 240, 15, unit="mm", label="Field of view, front to back"),
    lines=Choice(LINES, label="Measured"),
)
def encode(*, rows, field_mm, lines):
    """Choose which lines of k-space to measure, and see resolution, ringing and folding."""
    settings = protocol(
        matrix=(rows, 192),
        fov_mm=(float(field_mm), FIELD_MM),
        noise=1.0,
        averages=1,
        sampling="full" if lines == LINES[0] else "partial",
        acceleration=1.0 if lines == LINES[0] else 1.6,
        calibration_lines=8,
    )
    data = mri.acquire(plane_of_head(), settings, rng=0)
    method = "homodyne" if lines == LINES[2] else "fourier"
    image = mri.reconstruct(data, settings, method=method)
    height, width = settings.pixel_mm
    half = 0.5 / height * 10
    zeros = np.zeros_like(data[0], dtype=bool)
    zeros[~settings.lines] = True
    shown = np.where(zeros, np.nan, loudness(data[0]) - 0.5 * np.log10(rows / SIZE))
    return Picture(
        Image(
            shown,
            title="k-space",
            unit="1",
            limits=(-1.8, 1.6),
            xlabel="kx (1/cm)",
            ylabel="ky (1/cm)",
            extent=(-0.5 / width * 10, 0.5 / width * 10, -half, half),
            colorbar=False,
        ),
        Image(
            image,
            title="Image",
            unit="1",
            limits=(0, 0.7),
            spacing_mm=settings.pixel_mm,
            colorbar=False,
            smooth=False,
        ),
        caption=f"pixels {height:.1f} mm high, {settings.n_repetitions} lines: "
        f"{settings.n_repetitions * settings.tr_ms / 60000:.1f} min without an echo train; lines "
        f"{10 / field_mm:.3f} per cm apart",
        alt=f"k-space of {settings.n_repetitions} lines, and the head in a field of view of "
        f"{field_mm} mm; a field smaller than the head folds it over.",
    )


@lru_cache
def clean() -> np.ndarray:
    """Return the image without any fault."""
    return np.abs(kspace.to_image(measured()))


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
    greasy = plane.where("adipose")[0]
    signal = plane.map({n: mri.tissue_signal(n, protocol()) for n in plane.tissues})[0]
    whole, fat = (mri.acquire(np.where(m, signal, 0), protocol())[0] for m in (True, greasy))
    return whole - fat, fat


def faulty(fault: str, severity: float) -> tuple[np.ndarray, str]:
    """Return an image with one fault, shape (SIZE, SIZE) or so, and in words how large it is.

    Parameters
    ----------
    fault : str
        One of `FAULTS`.
    severity : float
        From 0 to 1.
    """
    data, line = measured(), np.arange(SIZE)
    if fault in ("breathing", "one jerk"):
        size = 4 * severity if fault == "breathing" else 8 * severity
        wave = np.sin(2 * np.pi * line / 10.7) if fault == "breathing" else line > 0.6 * SIZE
        data = faults.move(data, size * np.c_[wave, np.zeros(SIZE)], FIELD)
        words = f"{size:.1f} mm front to back, " + (
            "a breath every 10.7 lines" if fault == "breathing" else "after 60 % of the lines"
        )
    elif fault == "folding":
        rows = SIZE - 2 * round(24 * severity)
        field = FIELD_MM * rows / SIZE
        part = mri.acquire(
            plane_of_head(),
            protocol(matrix=(rows, SIZE), fov_mm=(field, FIELD_MM), bandwidth_hz=1e5),
        )
        edge = (SIZE - rows) // 2
        return np.pad(np.abs(kspace.to_image(part[0])), ((edge, edge), (0, 0))), (
            f"field of view {field:.0f} mm"
        )
    elif fault == "ringing":
        rows = SIZE - 2 * round(48 * severity)
        data = data * (np.abs(line - SIZE // 2 + 0.5) < rows / 2)[:, None]
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
        data = faults.spike(data, SIZE // 2 + 17, SIZE // 2 - 22, 0.6 * severity)
        words = f"one sample is off by {0.6 * severity:.0%} of the largest"
    return np.abs(kspace.to_image(data)), words


@explorer(
    title="What goes wrong",
    fault=Choice(FAULTS, label="Fault"),
    severity=Slider(0.0, 1.0, 0.5, 0.05, unit="", label="Severity"),
)
def artefacts(*, fault, severity):
    """See the signature of each fault, and where it comes from."""
    image, words = faulty(fault, severity)
    without = faulty(fault, 0.0)[0]
    high = 0.7
    look = {"unit": "1", "colorbar": False, "smooth": True}
    return Picture(
        Image(image, title=fault.capitalize(), limits=(0, high), **look),
        Image(np.abs(image - without), title="Error", limits=(0, high / 2), **look),
        Image(
            loudness(kspace.to_kspace(image)),
            title="k-space of the image",
            unit="1",
            limits=(-2.2, 1.3),
            colorbar=False,
        ),
        caption=f"{fault}: {words}; error {np.sqrt(np.mean((image - without) ** 2)):.3f} of M₀",
        alt=f"A head with the artefact {fault} ({words}), the error, and k-space.",
    )
