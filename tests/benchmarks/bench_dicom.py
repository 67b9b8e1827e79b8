"""Loading a CT series: ours beside a plain pydicom loop and SimpleITK's series reader."""

import atexit
import functools
import tempfile
from pathlib import Path

import numpy as np

from medkit.authoring.benchmark import Comparison, benchmark
from medkit.data import dicom
from medkit.image import Volume


@functools.cache
def series_folder() -> Path:
    """Write 200 slices of 512 × 512 once for all rows, and take them away at the end."""
    holder = tempfile.TemporaryDirectory(prefix="medkit-bench-")
    atexit.register(holder.cleanup)
    # Noise, as real slices cannot be compressed away by any cache either.
    pixels = np.random.default_rng(0).integers(-1024, 3000, (200, 512, 512), np.int16)
    folder = Path(holder.name) / "series"
    dicom.write(Volume(pixels, (1.0, 0.7, 0.7), "HU", "CT"), folder)
    return folder


def naive() -> np.ndarray:
    """Read as most tutorials do: every file by pydicom, sorted, rescaled to float64."""
    import pydicom

    slices = [pydicom.dcmread(path) for path in series_folder().iterdir()]
    slices.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    return np.stack(
        [
            ds.pixel_array.astype(np.float64) * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
            for ds in slices
        ]
    )


def simpleitk():
    """Read with SimpleITK's series reader, which sorts by position too; without a copy to NumPy."""
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(series_folder())))
    return reader.Execute()


def _compare(peer, to_array, peer_name: str, rounds: int) -> Comparison:
    folder = series_folder()
    ours, theirs = dicom.read(folder).pixels, to_array(peer())
    truth = np.random.default_rng(0).integers(-1024, 3000, (200, 512, 512), np.int16)
    return Comparison(
        lambda: dicom.read(folder),
        peer,
        peer_name,
        float(np.abs(ours.astype(np.int32) - truth).max()),
        float(np.abs(theirs.astype(np.int32) - truth).max()),
        "200 × 512 × 512 int16, warm; error: largest difference, HU",
        rounds,
    )


@benchmark("dicom.load")
def load() -> Comparison:
    """Beside the loop that a learner would write."""
    return _compare(naive, np.asarray, "pydicom loop to float64", 3)


@benchmark("dicom.load_simpleitk")
def load_simpleitk() -> Comparison:
    """Beside the fastest ordinary library."""
    import SimpleITK

    return _compare(simpleitk, SimpleITK.GetArrayFromImage, "SimpleITK ImageSeriesReader", 5)
