"""Attenuation of 511 keV photons: from the CT of the same patient to correction factors.

A pair counts only if both photons get out. Together they cross the whole body, wherever
they start: e^{−∫μ dl} along the line. So a CT, which measures just that line, tells the
loss exactly, once its Hounsfield units are turned to the photons' energy.
"""

from dataclasses import replace

import numpy as np

from medkit.physics.pet.coincidences import Coincidences
from medkit.physics.pet.scanner import PETProtocol

#: μ in 1/cm below the break: 9.6e-5 (HU + 1000), mixtures of air and water.
WATER_SLOPE = 9.6e-5
#: Tube voltage in kVp → slope, offset in 1/cm, and the break in HU: water and bone above it.
#: Carney et al., Med. Phys. 33 (2006) 976, doi:10.1118/1.2174132, table II.
BILINEAR = {
    80: (3.64e-5, 6.26e-2, 50),
    100: (4.43e-5, 5.44e-2, 52),
    110: (4.92e-5, 4.88e-2, 43),
    120: (5.10e-5, 4.71e-2, 47),
    130: (5.51e-5, 4.24e-2, 37),
    140: (5.64e-5, 4.08e-2, 30),
}


def attenuation_511(hounsfield: np.ndarray, tube_voltage_kvp: float = 120.0) -> np.ndarray:
    """Turn Hounsfield units into attenuation at 511 keV by two straight lines.

    In soft tissue both energies see electrons; the calcium of bone stops CT's soft
    photons far more than these, hence the flatter line for what is denser than water.

    Parameters
    ----------
    hounsfield : array_like
        CT image in HU.
    tube_voltage_kvp : float
        Its tube voltage; the nearest of `BILINEAR` is taken.

    Returns
    -------
    ndarray of float32, shape of `hounsfield`
        μ in 1/mm, not negative.

    Notes
    -----
    Wrong for iodine and metal, which are neither water nor bone: too much correction,
    and so too much uptake.

    References
    ----------
    Carney et al., Med. Phys. 33 (2006) 976, doi:10.1118/1.2174132.

    Examples
    --------
    >>> attenuation_511([-1000, 0, 1000]).round(4)
    array([0.    , 0.0096, 0.0149], dtype=float32)
    """
    hu = np.asarray(hounsfield, np.float32)
    slope, offset, corner = BILINEAR[min(BILINEAR, key=lambda kvp: abs(kvp - tube_voltage_kvp))]
    soft, bone = WATER_SLOPE * (hu + 1000), slope * (hu + 1000) + offset
    return np.maximum(np.where(hu < corner, soft, bone), 0).astype(np.float32) / 10


def with_attenuation(
    data: Coincidences, mu: np.ndarray, protocol: PETProtocol, *, spacing_mm: float | None = None
) -> Coincidences:
    """Return the same counts, to be corrected by this attenuation map.

    Parameters
    ----------
    data : Coincidences
        Counts of a patient.
    mu : array_like, shape (row, column) or (plane, row, column)
        μ at 511 keV in 1/mm, about the same middle: see `attenuation_511`.
    protocol : PETProtocol
        Settings of the PET scan.
    spacing_mm : float, optional
        Pixel of the map; that of the PET image if not given.

    Returns
    -------
    Coincidences
    """
    spacing_mm = spacing_mm or protocol.detector_spacing_mm
    beam = protocol.beam(np.shape(mu), spacing_mm, data.prompts.shape[-1])
    factors = np.exp(-beam.forward(np.asarray(mu, np.float32)))
    return replace(data, attenuation=factors.reshape(data.prompts.shape))
