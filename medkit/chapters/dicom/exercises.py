"""Exercises of ``10_dicom``: from stored numbers to places and values in a patient."""

import numpy as np

from medkit.course.answers import Array, Number, Selection, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

_STORED = np.array([[0, 24, 1024], [1064, 2024, 4095]], dtype=np.uint16)

TO_HU = Exercise(
    id="10_dicom.to_hu",
    title="From stored value to Hounsfield units",
    question=r"""
Write a function that turns the stored pixels of a slice (an array of integers) into Hounsfield
units with the header's RescaleSlope and RescaleIntercept.
""",
    answer=Function(
        reference=lambda stored, slope, intercept: stored.astype(float) * slope + intercept,
        cases=(
            Case((_STORED, 1.0, -1024.0), "unsigned pixels, slope 1 and intercept −1024"),
            Case((_STORED.astype(np.int16) - 1024, 1.0, 0.0), "signed pixels that are HU already"),
            Case((_STORED, 0.5, -1000.0), "a slope of 0.5"),
            Case((_STORED, 2, -1024), "unsigned pixels with whole numbers in the header"),
        ),
        right="The last case is the trap: unsigned 16-bit integers can hold no −1024. "
        "Turning them into floats first is always safe.",
        slips=(
            Slip(lambda v, a, b: (v.astype(float) + b) * a, "The order matters: multiply with "
                 "the slope first, then add the intercept.", 0.5),
            Slip(lambda v, a, b: v.astype(float) * a - b, "The intercept has the wrong sign: "
                 "it is *added*, and is usually itself negative.", 0.5),
            Slip(lambda v, a, b: v.astype(float) * a, "The intercept is missing.", 0.5),
            Slip(lambda v, a, b: v.astype(float) + b, "The slope is missing.", 0.5),
            Slip(lambda v, a, b: v.astype(float) / a + b, "Multiply with the slope; "
                 "you divided by it.", 0.5),
        ),
    ),
    hints=(
        r"$\mathrm{HU} = \mathrm{slope} \cdot \mathrm{stored} + \mathrm{intercept}$",
        "If a case with unsigned pixels fails: `stored.astype(float)` first.",
    ),
    starter="def to_hu(stored, slope, intercept):\n    return ...",
    solution_code="def to_hu(stored, slope, intercept):\n"
    "    return stored.astype(float) * slope + intercept\n\n\nanswer = to_hu",
    explanation="The modality look-up of DICOM (PS3.3, C.11.1) is a straight line. Each slice may "
    "have its own, so it is applied slice by slice.",
)  # fmt: skip


def _window(hu, centre, width):
    return np.clip((hu - centre) / width + 0.5, 0, 1)


_HU = np.array([[-1000.0, -160.0, -60.0], [40.0, 90.0, 240.0]])

WINDOW = Exercise(
    id="10_dicom.window",
    title="Write the window",
    question=r"""
Write a function that maps Hounsfield units to grey, from **0** (black) to **1** (white), through a
window of the given centre and width: a straight line across the window, and plain black or white
outside it.
""",
    answer=Function(
        reference=_window,
        cases=(
            Case((_HU, 40.0, 400.0), "a soft-tissue window"),
            Case((_HU, -600.0, 1500.0), "a lung window"),
            Case((np.array([35.0, 45.0, 39.0]), 40.0, 80.0), "a brain window"),
        ),
        right="Three numbers and one line: the same data show lung, brain or bone.",
        slips=(
            Slip(lambda hu, c, w: (hu - c) / w + 0.5, "Right inside the window; outside it grey "
                 "must stop at 0 and 1: `np.clip`.", 0.75),
            Slip(lambda hu, c, w: 255 * _window(hu, c, w), "Right but for the scale: "
                 "grey is wanted from 0 to 1, not to 255.", 0.75),
            Slip(lambda hu, c, w: np.clip((hu - c) / (2 * w) + 0.5, 0, 1), "Your window is twice "
                 "as wide: `width` is the whole window, not half.", 0.5),
            Slip(lambda hu, c, w: np.clip((hu - c) / w, 0, 1), "The centre comes out black in "
                 "yours; it should be in the middle, 0.5.", 0.5),
            Slip(lambda hu, c, w: (hu - hu.min()) / (hu.max() - hu.min()), "You stretched each "
                 "picture from its own minimum to its own maximum: then grey no longer means the "
                 "same in two pictures. Use centre and width."),
            Slip(lambda hu, c, w: np.clip((hu - (c - 0.5)) / (w - 1) + 0.5, 0, 1), "That is "
                 "DICOM's function LINEAR, made for whole numbers. Here the plain line is asked "
                 "(DICOM calls it LINEAR_EXACT).", 0.9),
        ),
    ),
    hints=(
        "The lower edge of the window is `centre - width / 2`. It becomes 0.",
        "How far is a value above the lower edge, as a part of the width? "
        "`np.clip(…, 0, 1)` does the rest.",
    ),
    starter="def window(hu, centre, width):\n    return ...",
    solution_code="""
import numpy as np


def window(hu, centre, width):
    lower = centre - width / 2
    return np.clip((hu - lower) / width, 0, 1)


answer = window
""",
    explanation="The part of the width above the lower edge, held between 0 and 1 "
    "(DICOM PS3.3, C.11.2.1.3.2).",
)  # fmt: skip

POSITION = Exercise(
    id="10_dicom.position",
    title="Where in the patient is this pixel?",
    question=r"""
A slice has

- ImagePositionPatient `-120, -150, 40` (mm, the centre of its first pixel),
- ImageOrientationPatient `1, 0, 0, 0, 1, 0` (the direction along a *row*, then along a *column*),
- PixelSpacing `0.5, 0.8` (mm between *rows*, then between *columns*).

Where is the pixel in **row 100 and column 50** (both counted from 0)? Answer with x, y, z in mm.
""",
    answer=Array(
        np.array([-80.0, -100.0, 40.0]),
        right="Two traps in one header: the column index runs along x, and PixelSpacing gives the "
        "distance between rows first.",
        slips=(
            Slip(np.array([-95.0, -70.0, 40.0]), "PixelSpacing is the other way round: its first "
                 "number is the distance between *rows*, which is a step along y here.", 0.5),
            Slip(np.array([-40.0, -125.0, 40.0]), "Row and column changed places: going to the "
                 "next *column* is a step along the row, here along x.", 0.5),
            Slip(np.array([-70.0, -110.0, 40.0]), "Row and column, and the two spacings, changed "
                 "places: the next *column* is a step of 0.8 mm along x.", 0.5),
            Slip(np.array([40.0, 50.0, 0.0]), "That is the way from the first pixel; "
                 "add where the first pixel is.", 0.5),
            Slip(np.array([-70.0, -50.0, 40.0]), "Indices count pixels, not millimetres: "
                 "multiply them with the spacing.", 0.25),
        ),
    ),
    hints=(
        "From the first pixel, go 50 columns along the row and 100 rows along the column.",
        "A step to the next column is 0.8 mm along (1, 0, 0), one to the next row is 0.5 mm "
        "along (0, 1, 0).",
    ),
    starter="xyz_mm = [..., ..., ...]",
    solution_code="""
import numpy as np

first = np.array([-120, -150, 40])
along_row, along_column = np.array([1, 0, 0]), np.array([0, 1, 0])
answer = first + 50 * 0.8 * along_row + 100 * 0.5 * along_column
""",
    explanation="Position = first pixel + column · column spacing · row direction "
    "+ row · row spacing · column direction (DICOM PS3.3, C.7.6.2.1.1).",
)  # fmt: skip

_AXIAL = np.array([1.0, 0, 0, 0, 1, 0])
_SAGITTAL = np.array([0.0, 1, 0, 0, 0, -1])
_STEEP = np.array([1.0, 0, 0, 0, 0.6, -0.8])


def _order(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return np.argsort(positions @ normal)


def _stack(orientation, places):
    normal = np.cross(orientation[:3], orientation[3:])
    return np.array([-100.0, 30.0, 12.0]) + np.outer(places, normal)


SLICE_ORDER = Exercise(
    id="10_dicom.slice_order",
    title="Put the slices in order",
    question=r"""
Write a function that sorts the slices of a series by geometry. `positions` is an array (n, 3) of
ImagePositionPatient; `orientation` holds the six numbers of ImageOrientationPatient, the same for
all. Return the **indices** of the slices in the order of growing distance along the normal
(row direction × column direction).
""",
    answer=Function(
        reference=_order,
        cases=(
            Case((_stack(_AXIAL, [10.0, -60, 5, 20, -35]), _AXIAL), "an axial series"),
            Case((_stack(_SAGITTAL, [3.0, -3, 0, 6]), _SAGITTAL), "a sagittal series"),
            Case((_stack(_STEEP, [4.0, 8, 0, 12, -4]), _STEEP), "an oblique series"),
        ),
        right="It works for every orientation, because it asks the geometry and not the file name.",
        slips=(
            Slip(lambda p, o: np.argsort(p[:, 2]), "You sorted by z. That is right for axial "
                 "slices only: in a sagittal series z is the same everywhere.", 0.25),
            Slip(lambda p, o: np.arange(len(p)), "That is the order in which they came."),
            Slip(lambda p, o: _order(p, o)[::-1], "The order is reversed: check the sign of the "
                 "normal, row direction × column direction.", 0.5),
            Slip(lambda p, o: np.argsort(_order(p, o)), "Those are the *ranks* of the slices; "
                 "`np.argsort` once gives the order.", 0.5),
            Slip(lambda p, o: np.sort(p @ np.cross(o[:3], o[3:])), "Those are the distances; "
                 "their order is wanted: `np.argsort` instead of `np.sort`.", 0.5),
            Slip(lambda p, o: np.argsort(np.linalg.norm(p, axis=1)), "You sorted by distance from "
                 "the origin; project on the normal instead.", 0.25),
        ),
    ),
    hints=(
        "The normal is `np.cross(orientation[:3], orientation[3:])`.",
        "The distance of each slice along it is `positions @ normal`.",
        "`np.argsort` returns the indices that sort.",
    ),
    starter="def slice_order(positions, orientation):\n    return ...",
    solution_code="""
import numpy as np


def slice_order(positions, orientation):
    normal = np.cross(orientation[:3], orientation[3:])
    return np.argsort(positions @ normal)


answer = slice_order
""",
    explanation="All slices share one normal; their places along it are a dot product.",
)  # fmt: skip


def _steps(places):
    steps = np.abs(np.diff(places))
    return steps / np.median(steps)


def _missing(places):
    return int(np.sum(np.round(_steps(places)) - 1))


MISSING_SLICES = Exercise(
    id="10_dicom.missing_slices",
    title="Is a slice missing?",
    question=r"""
`places` (mm) are the distances of sorted slices along the normal; they may grow or fall. Write a
function that returns **how many slices are missing**, if most of the steps are right.
""",
    answer=Function(
        reference=_missing,
        cases=(
            Case((np.arange(6) * 2.5,), "a complete series"),
            Case((np.array([0.0, 5, 10, 20, 25, 30]),), "one missing slice"),
            Case((np.array([0.0, 5, 10, 25, 30, 35, 40]),), "two slices missing in one place"),
            Case((np.array([30.0, 25, 20, 10, 5, 0]),), "a series that runs downwards"),
            Case((np.array([0.0, 3.01, 5.99, 9.0, 15.02, 18.0]),), "steps that are not quite even"),
        ),
        right="A reader that does not look for gaps makes patients shorter, quietly.",
        slips=(
            Slip(lambda z: int(np.sum(_steps(z) > 1.5)),
                 "You counted the gaps; one gap can hide several slices. "
                 "How many steps fit into it?", 0.75),
            Slip(lambda z: int(np.sum(np.round(np.sign(np.diff(z)) * _steps(z)) - 1)),
                 "Right for growing places; steps may also be negative: take `np.abs`.", 0.75),
            Slip(lambda z: int(np.sum(np.round(_steps(z)))),
                 "You counted all steps; a step of one spacing misses nothing.", 0.5),
        ),
    ),
    hints=(
        "`np.abs(np.diff(places))` are the steps; their `np.median` is the usual one.",
        "A step of three usual ones misses two slices.",
        "Real positions are not exact: round `steps / usual` before you subtract 1, and sum.",
    ),
    starter="def missing_slices(places):\n    return ...",
    solution_code="""
import numpy as np


def missing_slices(places):
    steps = np.abs(np.diff(places))
    return int(np.sum(np.round(steps / np.median(steps)) - 1))


answer = missing_slices
""",
    explanation="Each step of $k$ usual steps hides $k - 1$ slices; the median is not disturbed by "
    "the gaps themselves.",
)  # fmt: skip

IDENTIFYING = Exercise(
    id="10_dicom.identifying",
    title="What gives the patient away?",
    question=r"""
Which of these elements must be **removed or replaced** by the basic de-identification profile of
PS3.15? Answer with a set of names.

`"PatientName"`, `"PatientBirthDate"`, `"AccessionNumber"`, `"StudyInstanceUID"`,
`"InstitutionName"`, `"PixelSpacing"`, `"RescaleSlope"`, `"Modality"`, `"KVP"`
""",
    answer=Selection(
        options={
            "PatientName": "a field that holds the person's own name.",
            "PatientBirthDate": "with a postcode and sex, one date singles out most people.",
            "AccessionNumber": "a number that the hospital's own system resolves to the patient.",
            "StudyInstanceUID": "an identifier that is unique in the world leads back to the "
            "original study; it is *replaced*, the same way in all files.",
            "InstitutionName": "where a person was examined narrows down who it is.",
            "PixelSpacing": "it is the scale of the picture, and says nothing about who it is.",
            "RescaleSlope": "without it the pixels lose their unit, and it identifies nobody.",
            "Modality": "that it is a CT is true of millions of patients.",
            "KVP": "the tube voltage describes the scan, not the person.",
        },
        truth=frozenset(
            {
                "PatientName",
                "PatientBirthDate",
                "AccessionNumber",
                "StudyInstanceUID",
                "InstitutionName",
            }
        ),
        right="Five that lead to a person or back to the archive; the rest the picture needs.",
    ),
    hints=(
        "Ask of each: could someone with access to the hospital's systems find the patient by it?",
        "Numbers can identify as well as names. Two of the five are identifiers without a name.",
    ),
    starter="identifying = {...}",
    solution_code="""
answer = {
    "PatientName",
    "PatientBirthDate",
    "AccessionNumber",
    "StudyInstanceUID",
    "InstitutionName",
}
""",
    explanation="DICOM PS3.15, table E.1-1: names, dates and numbers of the person and the "
    "institution are removed, emptied or replaced, UIDs replaced; technical elements stay.",
)

MONOCHROME1 = Exercise(
    id="10_dicom.monochrome1",
    title="A negative",
    question=r"""
A radiograph is MONOCHROME1: its smallest value is shown white. It has BitsAllocated 16 and
**BitsStored 12**, unsigned. Which value does a pixel stored as **1000** get when the picture is
turned into MONOCHROME2 (smallest value black) over the full stored range?
""",
    answer=Number(
        4095 - 1000,
        relative=0,
        absolute=0.01,
        right="The largest value of 12 bits is 4095, and 4095 − 1000 = 3095.",
        slips=(
            Slip(65535 - 1000, "That takes all 16 bits that are *allocated*; only 12 are *stored*.",
                 0.5),
            Slip(4096 - 1000, "Nearly: 12 bits hold 4096 values, but the largest is 4095, "
                 "as they begin at 0.", 0.75),
            Slip(-1000, "Values would be negative; white must become the largest value of the "
                 "range instead.", 0.25),
            Slip(255 - 1000, "255 is the largest value of 8 bits; here 12 are stored.", 0.25),
            Slip(1000, "Nothing has changed: what was white is still the smallest value."),
        ),
    ),
    hints=(
        "Which are the smallest and the largest values that 12 bits can hold?",
        "Inverting exchanges the two ends: 0 becomes the largest value, the largest becomes 0.",
    ),
    starter="inverted = ...",
    solution_code="answer = (2**12 - 1) - 1000",
    explanation="Inverting is `largest - value`, and `largest` is $2^{12} - 1 = 4095$.",
)  # fmt: skip

CHAPTER = Chapter(
    stem="10_dicom",
    title="DICOM",
    exercises=(
        TO_HU, WINDOW, POSITION, SLICE_ORDER, MISSING_SLICES, IDENTIFYING, MONOCHROME1,
    ),
)  # fmt: skip
