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
    data = pet.acquire(patient, pet_protocol, uptake=uptake, rng=rng)
    mu = attenuation_511(image.pixels, ct_protocol.tube_voltage_kvp)
    data = with_attenuation(data, mu, pet_protocol, spacing_mm=pixel)
    return pet.to_volume(data, patient, pet_protocol, **options), image
