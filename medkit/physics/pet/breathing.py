"""Breathing: a CT takes one breath-hold, a PET minutes, so what the PET sees is a mean.

Organs under the diaphragm rise as the patient breathes out, the tops of the lungs hardly.
Lesions near the diaphragm get longer and paler, and the CT no longer fits the PET: the
dome of the liver is corrected as if it were lung.
"""

import numpy as np

#: Tissues that move with the diaphragm; ribs, spine and muscle stay.
MOBILE = (
    "lung",
    "lung_inspired",
    "lung_collapsed",
    "heart",
    "blood",
    "blood_iodine",
    "liver",
    "nodule",
    "soft_tissue",
)
#: Moments of one breath that are averaged.
MOMENTS = 24


def displacement(amplitude_mm: float) -> np.ndarray:
    """Return how far the diaphragm is above its lowest place, at moments of one breath.

    A (1 − cos⁴ πt): people rest longer breathed out (up) than breathed in.

    Returns
    -------
    ndarray, shape (moment,)
        mm.

    References
    ----------
    Lujan et al., Med. Phys. 26 (1999) 715.
    """
    time = (np.arange(MOMENTS) + 0.5) / MOMENTS
    return amplitude_mm * (1 - np.cos(np.pi * time) ** 4)


def breathing_mean(patient, picture: np.ndarray, amplitude_mm: float) -> np.ndarray:
    """Average a property of a patient, drawn breathed in, over many breaths.

    Parameters
    ----------
    patient : Patient
        A chest of several planes; anything without lung is returned as it is.
    picture : ndarray, shape (plane, row, column)
        Activity or attenuation.
    amplitude_mm : float
        How far the diaphragm moves; quiet breathing: about 10 mm.

    Returns
    -------
    ndarray of float32, shape of `picture`
    """
    lung = patient.where("lung", "lung_inspired").any((1, 2))
    if amplitude_mm <= 0 or len(picture) < 2 or not lung.any():
        return picture
    planes, step = np.arange(len(picture)), patient.spacing_mm[0]
    low, high = np.flatnonzero(lung)[[0, -1]]
    share = np.clip((high - planes) / max(high - low, 1), 0, 1)  # 1 at the diaphragm
    shown = np.zeros((len(planes), len(planes)))
    for up_mm in displacement(amplitude_mm):
        # What now lies at a height came from below; between planes, it is interpolated.
        source = np.clip(planes - share * up_mm / step, 0, len(planes) - 1)
        shown += np.maximum(0, 1 - np.abs(source[:, None] - planes)) / MOMENTS
    mean = np.tensordot(shown.astype(np.float32), picture, axes=1)
    mobile = patient.where(*MOBILE)
    for mask in patient.lesions.values():
        mobile = mobile | mask
    return np.where(mobile, mean, picture).astype(np.float32)
