"""Checks of ``10_dicom``: from stored numbers to places and values in a patient."""

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from medkit.course.answers import Array, Number, Selection, Slip
from medkit.course.functions import Case, Function


def window(hu, centre, width):
    """Return grey from 0 to 255 by DICOM's function LINEAR, for any width from 1 on."""
    if width == 1:
        return np.where(hu > centre - 0.5, 255.0, 0.0)
    return 255 * np.clip((hu - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)


def _unclipped(hu, centre, width):
    return 255 * ((hu - (centre - 0.5)) / (width - 1) + 0.5)


def _never_one(hu, centre, width):
    return np.clip(_unclipped(hu, centre, width), 0, 255)


_HU = np.array([[-1000.0, -160.0, -60.0], [40.0, 90.0, 240.0]])

WINDOW = Function(
    window,
    cases=(
        Case((_HU, 40.0, 400.0), "a soft-tissue window"),
        Case((np.array([35.0, 45.0, 39.0, 80.0]), 40.0, 80.0), "a brain window"),
        Case((np.array([[0, 1], [1, 0]]), 1.0, 1.0), "a mask of zeros and ones, width 1"),
        Case((np.array([0.5, 0.4, 0.6]), 1.0, 1.0), "a value on the edge of a window of width 1"),
    ),
    slips={
        "divides by zero": _never_one,
        "not clipped": lambda hu, c, w: window(hu, c, w) if w == 1 else _unclipped(hu, c, w),
        "0 to 1": lambda hu, c, w: window(hu, c, w) / 255,
        "LINEAR_EXACT": lambda hu, c, w: 255 * np.clip((hu - c) / w + 0.5, 0, 1),
        "edge white": lambda hu, c, w: 255.0 * (hu >= c - 0.5) if w == 1 else _never_one(hu, c, w),
    },
)

TRUE_SCALE = Number(240 * 50 / 49, unit="mm", relative=0.03)

POSITION = Array(
    np.array([-80.0, -100.0, 40.0]),
    slips=(
        Slip("spacing swapped", np.array([-95.0, -70.0, 40.0]), 0.5),
        Slip("indices swapped", np.array([-40.0, -125.0, 40.0]), 0.5),
        Slip("both swapped", np.array([-70.0, -110.0, 40.0]), 0.5),
        Slip("no origin", np.array([40.0, 50.0, 0.0]), 0.5),
        Slip("no spacing", np.array([-70.0, -50.0, 40.0]), 0.25),
    ),
)

_AXIAL = np.array([1.0, 0, 0, 0, 1, 0])
_SAGITTAL = np.array([0.0, 1, 0, 0, 0, -1])
_STEEP = np.array([1.0, 0, 0, 0, 0.6, -0.8])


def slice_order(positions, orientation):
    """Return the indices of slices in the order of their places along the normal."""
    normal = np.cross(orientation[:3], orientation[3:])
    return np.argsort(positions @ normal)


def _stack(orientation, places):
    normal = np.cross(orientation[:3], orientation[3:])
    return np.array([-100.0, 30.0, 12.0]) + np.outer(places, normal)


SLICE_ORDER = Function(
    slice_order,
    cases=(
        Case((_stack(_AXIAL, [10.0, -60, 5, 20, -35]), _AXIAL), "an axial series"),
        Case((_stack(_SAGITTAL, [3.0, -3, 0, 6]), _SAGITTAL), "a sagittal series"),
        Case((_stack(_STEEP, [4.0, 8, 0, 12, -4]), _STEEP), "an oblique series"),
    ),
    slips={
        "by z": lambda p, o: np.argsort(p[:, 2]),
        "as they came": lambda p, o: np.arange(len(p)),
        "reversed": lambda p, o: slice_order(p, o)[::-1],
        "ranks": lambda p, o: np.argsort(slice_order(p, o)),
        "distances": lambda p, o: np.sort(p @ np.cross(o[:3], o[3:])),
    },
)


def _steps(places):
    steps = np.abs(np.diff(places))
    return steps / np.median(steps)


def missing_slices(places):
    """Return how many slices a series lacks."""
    steps = np.abs(np.diff(places))
    return int(np.sum(np.round(steps / np.median(steps)) - 1))


MISSING_SLICES = Function(
    missing_slices,
    cases=(
        Case((np.arange(6) * 2.5,), "a complete series"),
        Case((np.array([0.0, 5, 10, 20, 25, 30]),), "one missing slice"),
        Case((np.array([0.0, 5, 10, 25, 30, 35, 40]),), "two slices missing in one place"),
        Case((np.array([30.0, 25, 20, 10, 5, 0]),), "a series that runs downwards"),
        Case((np.array([0.0, 3.01, 5.99, 9.0, 15.02, 18.0]),), "steps that are not quite even"),
    ),
    slips={
        "gaps": lambda z: int(np.sum(_steps(z) > 1.5)),
        "downwards": lambda z: int(np.sum(np.round(np.sign(np.diff(z)) * _steps(z)) - 1)),
        "all steps": lambda z: int(np.sum(np.round(_steps(z)))),
    },
)


def volume(slices):
    """Return a series as one array (slice, row, column) in Hounsfield units."""
    orientation = np.array(slices[0].ImageOrientationPatient, dtype=float)
    normal = np.cross(orientation[:3], orientation[3:])
    in_order = sorted(slices, key=lambda s: np.dot(s.ImagePositionPatient, normal))
    return np.stack([s.pixel_array * s.RescaleSlope + s.RescaleIntercept for s in in_order])


def _series(orientation, places, slopes, dtype=np.uint16):
    """Return slices as pydicom gives them, in the order in which they came."""
    rng = np.random.default_rng(5)
    stored = rng.integers(0, 2000, (len(places), 3, 4)).astype(dtype)
    return [
        SimpleNamespace(
            ImagePositionPatient=position.tolist(),
            ImageOrientationPatient=orientation.tolist(),
            InstanceNumber=number + 1,
            RescaleSlope=slope,
            RescaleIntercept=-1024.0,
            pixel_array=pixels,
        )
        for number, (position, slope, pixels) in enumerate(
            zip(_stack(orientation, places), slopes, stored, strict=True)
        )
    ]


def _stacked(slices, values=lambda s: s.pixel_array * s.RescaleSlope + s.RescaleIntercept):
    return np.stack([values(s) for s in slices])


def _in_place(slices):
    places = slice_order(
        np.array([s.ImagePositionPatient for s in slices]),
        np.array(slices[0].ImageOrientationPatient),
    )
    return [slices[k] for k in places]


VOLUME = Function(
    volume,
    cases=(
        Case((_series(_AXIAL, [10.0, -60, 5, 20], [1.0] * 4),), "an axial series, unsigned"),
        Case((_series(_SAGITTAL, [3.0, -3, 0], [1.0] * 3, np.int16),), "a sagittal series"),
        Case((_series(_STEEP, [4.0, 8, 0], [1.0, 0.5, 2.0]),), "slices with slopes of their own"),
    ),
    slips={
        "as they came": _stacked,
        "by z": lambda s: _stacked(sorted(s, key=lambda x: x.ImagePositionPatient[2])),
        "reversed": lambda s: _stacked(_in_place(s)[::-1]),
        "not rescaled": lambda s: _stacked(_in_place(s), lambda x: x.pixel_array),
        "one slope": lambda s: _stacked(
            _in_place(s), lambda x: x.pixel_array * s[0].RescaleSlope - 1024
        ),
    },
)


def _read_back(function):
    """Return a function that gives what a reader finds in the file of the data set."""
    from medkit.data import dicom

    @functools.wraps(function)
    def read(*inputs):
        made = function(*inputs)
        if made is None:
            return None
        if not hasattr(made, "save_as"):
            raise TypeError(f"a pydicom Dataset was expected, not {type(made).__name__}")
        with tempfile.TemporaryDirectory() as folder:
            made.save_as(Path(folder) / "yours.dcm", enforce_file_format=True)
            found = dicom.read(folder)
        if found.unit != "HU":
            raise ValueError("a reader finds no Hounsfield units: is the Modality CT?")
        return found.pixels[0].astype(float)

    return read


@dataclass(frozen=True)
class Written(Function):
    """A function that returns a data set; it is judged by what a reader finds in its file."""

    def observe(self, answer):
        """Save what the function makes of every case, and read it again."""
        return super().observe(_read_back(answer) if callable(answer) else answer)

    def _truths(self, function=None):
        return super()._truths(_read_back(function or self.reference))


def as_dicom(hu):
    """Return a CT slice in Hounsfield units as a data set that can be saved."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, generate_uid()
    ds.Modality = "CT"
    ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
    ds.set_pixel_data((hu + 1024).astype("uint16"), "MONOCHROME2", 16)
    return ds


def _made(change):
    """Return a function that makes the right data set, and one mistake."""

    def wrong(hu):
        ds = as_dicom(hu)
        change(ds, hu)
        return ds

    return wrong


_GRADIENT = np.array([[-1000, -90, 0], [40, 1200, 3000]])

AS_DICOM = Written(
    as_dicom,
    cases=(
        Case((_GRADIENT,), "a slice of 2 rows and 3 columns"),
        Case((np.full((4, 4), 40),), "a slice of nothing but brain"),
        Case((np.arange(-512, 512).reshape(32, 32),), "a slice of 1,024 values"),
    ),
    slips={
        "no intercept": _made(lambda ds, hu: setattr(ds, "RescaleIntercept", 0)),
        "wrong sign": _made(lambda ds, hu: setattr(ds, "RescaleIntercept", 1024)),
        "unsigned": _made(lambda ds, hu: setattr(ds, "PixelData", hu.astype("uint16").tobytes())),
        "transposed": lambda hu: as_dicom(hu.T),
    },
)

IDENTIFYING = Selection(
    {"PatientName", "PatientBirthDate", "AccessionNumber", "StudyInstanceUID", "InstitutionName"}
)

MONOCHROME1 = Number(4095 - 1000, relative=0, absolute=0.01)
