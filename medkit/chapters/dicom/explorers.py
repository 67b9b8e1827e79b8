"""Explorers of ``10_dicom``: what happens to a patient when a file is misread."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy, image
from medkit.data import dicom
from medkit.physics.ct import to_hounsfield
from medkit.physics.subject import attenuation_map
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Toggle, explorer

#: A place in the brain of the real slice: row and column.
BRAIN = (330, 200)


@lru_cache
def head_hu() -> np.ndarray:
    """Return the real head CT that pydicom carries, int16, (512, 512)."""
    return dicom.read(dicom.example("head_ct")).pixels[0]


def misread(*, columns=512, skip=0, signed=True, big_endian=False, intercept=0) -> np.ndarray:
    """Read the stored bytes of the real head CT by these rules; the right ones are the defaults."""
    data = head_hu().astype("<i2").tobytes()[skip:]
    kind = (">" if big_endian else "<") + ("i2" if signed else "u2")
    rows = min(512, len(data) // (2 * columns))
    numbers = np.frombuffer(data, kind, rows * columns).reshape(rows, columns)
    return numbers.astype(np.int32) + intercept


@explorer(
    title="The same bytes, read by other rules",
    signed=Toggle(True, label="The numbers are signed"),
    big_endian=Toggle(False, label="The high byte comes first"),
    columns=Slider(500, 524, 512, label="Numbers in a row", play_s=6),
    skip=Slider(0, 16, 0, unit="bytes", label="Bytes skipped at the start"),
    intercept=Slider(-1024, 1024, 0, 64, unit="HU", label="Rescale intercept"),
    monochrome1=Toggle(False, label="Low values are bright (MONOCHROME1)"),
)
def stored(*, signed, big_endian, columns, skip, intercept, monochrome1):
    """Break one rule of the header at a time, and learn to recognise the mistake."""
    values = misread(
        columns=columns, skip=skip, signed=signed, big_endian=big_endian, intercept=intercept
    )
    counts, edges = np.histogram(values, np.arange(-4000, 4001, 40))
    brain, air = values[BRAIN], values[256, 40]
    sign = -1 if monochrome1 else 1
    return Picture(
        Image(
            sign * values[::2, ::2],
            "As you read it",
            values=("HU", *((-240, 160) if monochrome1 else (-160, 240))),
            colorbar=False,
        ),
        Image(head_hu()[::2, ::2], "Read right", values=("HU", -160, 240), colorbar=False),
        Lines(
            (edges[1:] + edges[:-1]) / 2,
            {"pixels": np.maximum(counts, 1)},
            "What you read",
            xaxis=("value as read (HU)", -4000, 4000),
            yaxis=("pixels", 1, 2e5, "log"),
            marks={"padding": -2000, "water": 0},
        ),
        caption=f"as read: air {air:,} HU, brain {brain:,} HU; ".replace("-", "−")
        + f"{100 * np.mean(abs(values) > 4000):.0f} % of the values lie beyond ±4,000",
        alt=f"A real head CT read with {columns} numbers in a row, "
        f"{'signed' if signed else 'unsigned'}, {'high' if big_endian else 'low'} byte first, "
        f"and the histogram of the values; the brain is read as {brain} HU.",
    )


#: Ways from a CT number to a grey.
CURVES = ("LINEAR_EXACT", "SIGMOID", "brain and bone in one", "every grey equally often")


def grey(hu, curve, centre_hu=40, width_hu=80) -> np.ndarray:
    """Return greys from 0 to 255 for CT numbers, by one of `CURVES`.

    The first two are VOI LUT functions of DICOM (PS3.3, C.11.2.1.3).
    """
    hu = np.asarray(hu, dtype=float)
    if curve in image.CURVES:
        share = image.grey(hu, centre_hu, width_hu, curve)
    elif curve == "brain and bone in one":
        share = np.interp(hu, [-1000, -20, 0, 80, 100, 1500], [0, 0.05, 0.1, 0.65, 0.7, 1])
    else:
        share = np.interp(hu, *_shares())
    return 255 * share


@lru_cache
def _shares():
    """Return CT numbers, and the share of the patient's pixels that lie below each."""
    pixels = np.sort(head_hu()[head_hu() > -300])
    at = np.arange(len(pixels))
    values, first = np.unique(pixels, return_index=True)
    return values, at[first] / len(pixels)


@explorer(
    title="255 greys to spend",
    curve=Choice(CURVES, label="Curve"),
    centre_hu=Slider(-100, 900, 40, 10, unit="HU", label="Centre"),
    width_hu=Slider(20, 2500, 80, 20, unit="HU", label="Width"),
)
def curves(*, curve, centre_hu, width_hu):
    """Spend the greys on the brain, on the bone, or on both, and see what each costs."""
    numbers = np.arange(-200.0, 1501.0, 2.0)
    steps = {
        at: float(np.diff(grey([at - 5, at + 5], curve, centre_hu, width_hu))[0])
        for at in (35, 1000)
    }
    return Picture(
        Image(
            np.rint(grey(head_hu()[::2, ::2], curve, centre_hu, width_hu)).astype(np.uint8),
            "A real head CT",
            values=("grey", 0, 255),
            spacing_mm=0.862,
            colorbar=False,
        ),
        Lines(
            numbers,
            {"grey": grey(numbers, curve, centre_hu, width_hu)},
            "The curve",
            xaxis=("CT number (HU)", -200, 1500),
            yaxis=("grey", 0, 255),
            spans={"brain": (0, 80), "dense bone": (700, 1500)},
        ),
        caption=f"for a difference of 10 HU: {steps[35]:.1f} greys in the brain, "
        f"{steps[1000]:.1f} in dense bone",
        alt=f"A real head CT shown through the curve {curve}, and the curve; 10 HU become "
        f"{steps[35]:.1f} greys in the brain and {steps[1000]:.1f} in dense bone.",
    )


#: The series of `stack`: slices, their distance and their thickness in mm, its lowest height.
SLICES, STEP_MM, THICKNESS_MM, LOWEST_MM = 38, 4.0, 5.0, -62.0

#: What a reader may trust.
READERS = (
    "file names, SliceThickness",
    "InstanceNumber, SliceThickness",
    "positions, gaps and tilt ignored",
    "positions, gaps and tilt",
)


@lru_cache
def sagittal_hu() -> np.ndarray:
    """Return a sagittal plane of the digital head in HU: 152 mm up, 240 mm to the back."""
    head = anatomy.head(LOWEST_MM + np.arange(152.0), shape=(240, 5), field_mm=5.0)
    hu = to_hounsfield(attenuation_map(head, 70.0), 70.0)[:, :, 0]
    return ndimage.gaussian_filter(hu, 0.7).astype(np.float32)


@lru_cache
def _acquired(tilt_deg):
    """Return what each slice sees of the sagittal plane: (slice, place along the slice)."""
    along = np.arange(240) - 119.5
    tilt = np.deg2rad(tilt_deg)
    up = STEP_MM * np.arange(SLICES)[:, None] + along * np.sin(tilt)
    back = along * np.cos(tilt) + 119.5 + 0 * up
    return ndimage.map_coordinates(sagittal_hu(), [up, back], order=1, cval=-1000.0)


def believed(reader, lost=0, tilt_deg=0.0):
    """Return slice numbers in the reader's order, the heights it gives them, and its tilt.

    Slices are called IM1, IM2, … from the lowest; the scanner counted them from the top.
    """
    middle = (SLICES - lost) // 2
    there = [k for k in range(SLICES) if not middle <= k < middle + lost]
    if reader == READERS[0]:
        there.sort(key=lambda k: f"IM{k + 1}")
    elif reader == READERS[1]:
        there.reverse()
    step = THICKNESS_MM if "SliceThickness" in reader else STEP_MM
    heights = step * np.arange(len(there))
    if reader == READERS[3]:
        heights = STEP_MM * np.array(there)
    return there, heights, tilt_deg if reader == READERS[3] else 0.0


def displacement_mm(reader, lost=0, tilt_deg=0.0) -> float:
    """Return how far the head's voxels are, on average, from where the reader puts them."""
    order, heights, tilt = believed(reader, lost, tilt_deg)
    along = np.arange(240) - 119.5
    true, read = np.deg2rad(tilt_deg), np.deg2rad(tilt)
    up = STEP_MM * np.array(order) - heights
    up = up[:, None] + along * (np.sin(true) - np.sin(read))
    aside = along * (np.cos(true) - np.cos(read)) + 0 * up
    return float(np.hypot(up, aside)[_acquired(tilt_deg)[order] > -300].mean())


def stacked_hu(reader, lost=0, tilt_deg=0.0) -> np.ndarray:
    """Return the sagittal picture as the reader builds it: 200 × 240 mm, 1 mm, top first."""
    order, heights, tilt = believed(reader, lost, tilt_deg)
    up, back = np.ogrid[195.0:-5.0:-1, -119.5:120.0]
    along = back / np.cos(np.deg2rad(tilt))
    height = up - along * np.sin(np.deg2rad(tilt))
    step = heights[1] - heights[0]
    slot = np.rint(height / step).astype(int)
    of_slot = {round(h / step): k for h, k in zip(heights, order, strict=True)}
    table = np.array([of_slot.get(s, -1) for s in range(max(of_slot) + 1)])
    inside = (slot >= 0) & (slot < len(table))
    slices = np.where(inside, table[np.where(inside, slot, 0)], -1)
    column = np.clip(np.rint(along + 119.5).astype(int), 0, 239) + 0 * slices
    picture = _acquired(tilt_deg)[slices, column]
    return np.where((slices >= 0) & (abs(along) <= 120), picture, -1000)


@explorer(
    title="Which facts does the reader trust?",
    reader=Choice(READERS, label="The reader trusts"),
    lost=Slider(0, 8, 0, unit="slices", label="Lost on the way"),
    tilt_deg=Slider(-25, 25, 0, unit="°", label="Gantry tilt", play_s=6),
)
def stack(*, reader, lost, tilt_deg):
    """Build the same files into a head, four ways."""
    order, heights, _ = believed(reader, lost, tilt_deg)
    error = displacement_mm(reader, lost, tilt_deg)
    tall = heights[-1] + abs(heights[1] - heights[0])
    truth = np.full((200, 240), -1000, np.float32)
    truth[195 - 151 : 196] = sagittal_hu()[::-1]
    settings = {"unit": "HU", "limits": (-60, 140), "spacing_mm": 1.0, "colorbar": False}
    return Picture(
        Image(stacked_hu(reader, lost, tilt_deg), "As the reader stacks it", **settings),
        Image(truth, "The patient", **settings),
        caption=f"{len(order)} slices, {tall:.0f} mm high as read; on average a voxel lies "
        f"{error:.0f} mm from where it is believed to be",
        alt=f"A sagittal picture of a digital head built by {reader}, with {lost} slices lost "
        f"and a tilt of {tilt_deg}°, beside the true one; voxels are {error:.0f} mm off.",
    )
