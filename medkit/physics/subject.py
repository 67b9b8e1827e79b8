"""What a scanner may be given: a digital patient, one image, or a stack of images.

Scanners work on stacks (plane, row, column). `stacked` makes one of arrays, `like` gives a
result the shape that was put in, and `placed` puts an image where the patient lies.
"""

import numpy as np

from medkit.anatomy.patient import Patient
from medkit.constants import attenuation_per_mm
from medkit.image import Volume


def is_patient(subject) -> bool:
    """Tell a digital patient, who knows tissues and place, from an array of one quantity."""
    return isinstance(subject, Patient)


def stacked(array: np.ndarray) -> np.ndarray:
    """Return one image, or a stack of them, as a stack (plane, row, column).

    Raises
    ------
    ValueError
        If it is neither.
    """
    if array.ndim not in (2, 3):
        raise ValueError(f"patient has shape {array.shape}; give (row, column) or a stack of them")
    return array.reshape(-1, *array.shape[-2:])


def check_views(name: str, data: np.ndarray, protocol) -> None:
    """Raise ValueError if a sinogram, or a stack of them, does not have the protocol's views."""
    if data.ndim not in (2, 3) or data.shape[-2] != protocol.n_views:
        expected = f"(…, {protocol.n_views} views, bins)"
        raise ValueError(f"{name} has shape {data.shape}; this protocol's is {expected}")


def like(subject, data: np.ndarray) -> np.ndarray:
    """Return data (plane, …) without planes if the subject is an image, or of one plane.

    >>> like(np.zeros((1, 4, 4)), np.zeros((1, 9))).shape, like(np.eye(4), np.zeros((1, 9))).shape
    ((1, 9), (9,))
    """
    single = len(data) == 1 if is_patient(subject) else np.ndim(subject) == 2
    return data[0] if single else data


def square_pixel_mm(patient: Patient, scanner: str) -> float:
    """Return the side of a patient's pixels, or raise ValueError if they are not square."""
    _, row, column = patient.spacing_mm
    if not np.isclose(row, column, rtol=1e-3):
        raise ValueError(f"pixels are {row} × {column} mm; {scanner} needs square ones")
    return float(row)


def attenuation_map(patient: Patient, energy_kev: float) -> np.ndarray:
    """Return a patient's μ for photons of one energy, 1/mm, shape (plane, row, column)."""
    return patient.map({t: float(attenuation_per_mm(t, energy_kev)) for t in patient.tissues})


def placed(subject, image: np.ndarray, pixel_mm: float, plane_mm: float, **kind) -> Volume:
    """Return an image as a volume; a patient's lies about the patient's own middle.

    The scanner turns about the middle of the patient's map, so image and map share it,
    whatever their pixels; planes are the patient's own.

    Parameters
    ----------
    subject : Patient or array_like
        What was scanned.
    image : ndarray, shape (row, column) or (plane, row, column)
    pixel_mm, plane_mm : float
        Pixel of the image, and distance of the planes of an array.
    **kind
        Unit and modality of the `medkit.image.Volume`.
    """
    if not is_patient(subject):
        return Volume(image, (plane_mm, pixel_mm, pixel_mm), **kind)
    axes = zip(subject.origin_mm, subject.spacing_mm, subject.shape, strict=True)
    _, *middle = (origin + step * (n - 1) / 2 for origin, step, n in axes)
    half_mm = (np.array(image.shape[-2:]) - 1) / 2 * pixel_mm
    back, left = np.subtract(middle, half_mm).tolist()
    origin = left, back, float(subject.origin_mm[0])
    return Volume(image, (subject.spacing_mm[0], pixel_mm, pixel_mm), origin_mm=origin, **kind)
