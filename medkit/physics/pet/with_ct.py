"""PET-CT: one patient, two scanners on one table, and the CT corrects the PET."""

from collections.abc import Mapping

import numpy as np

from medkit.image import Volume
from medkit.physics import ct, pet
from medkit.physics.ct.scanner import CTProtocol
from medkit.physics.pet.attenuation import attenuation_511, with_attenuation
from medkit.physics.pet.scanner import PETProtocol


def scan(
    patient,
    pet_protocol: PETProtocol | None = None,
    ct_protocol: CTProtocol | None = None,
    *,
    uptake: Mapping[str, float] | None = None,
    shift_mm: tuple[float, float] = (0.0, 0.0),
    breathing_mm: float = 0.0,
    rng=None,
    **options,
) -> tuple[Volume, Volume]:
    """Scan a patient with both, and correct the PET's attenuation by the CT.

    Parameters
    ----------
    patient : Patient
    pet_protocol, ct_protocol : PETProtocol, CTProtocol, optional
        Settings; usual ones if not given.
    uptake : mapping of str to float, optional
        SUV by tissue or lesion; see `medkit.physics.pet.uptake.uptake_map`.
    shift_mm : tuple of float
        By how much the patient moved between CT and PET, to the right of the image and
        down: the correction then comes from the wrong place.
    breathing_mm : float
        How far the diaphragm moves during the PET; the CT is taken breathed in.
    rng : None, int or numpy.random.Generator
    **options
        Passed on to `medkit.physics.pet.reconstruct`.

    Returns
    -------
    pet, ct : Volume
        In SUV and HU, each on its own grid, about the same middle: ready to be laid over
        each other in a viewer.
    """
    pet_protocol, rng = pet_protocol or PETProtocol(), np.random.default_rng(rng)
    ct_protocol = ct_protocol or CTProtocol(tube_current_mas=50.0)
    image = ct.scan(patient, ct_protocol, rng=rng)
    pixel = image.spacing_mm[-1]
    data = pet.acquire(patient, pet_protocol, uptake=uptake, breathing_mm=breathing_mm, rng=rng)
    hounsfield = _moved(image.pixels, shift_mm, pixel)
    mu = attenuation_511(hounsfield, ct_protocol.tube_voltage_kvp)
    data = with_attenuation(data, mu, pet_protocol, spacing_mm=pixel)
    return pet.to_volume(data, patient, pet_protocol, **options), image


def _moved(image, shift_mm, pixel_mm):
    """Shift every plane by whole pixels; what comes in from outside is air."""
    columns, rows = (round(mm / pixel_mm) for mm in shift_mm)
    if not rows and not columns:
        return image
    moved = np.full_like(image, -1000.0)
    target, source = [slice(None)], [slice(None)]
    for n, by in zip(image.shape[-2:], (rows, columns), strict=True):
        target.append(slice(max(by, 0), n + min(by, 0)))
        source.append(slice(max(-by, 0), n - max(by, 0)))
    moved[tuple(target)] = image[tuple(source)]
    return moved
