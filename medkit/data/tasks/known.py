r"""How much of a disease is in the raw data: the ideal observer, who knows all but one thing.

It knows the patient, the lesion, its place and the mean of every measurement with the lesion and
without; it is only not told whether the lesion is there. Nobody can do better from these data,
whatever the reconstruction. Independent measurements :math:`i` with means :math:`a_i` and
:math:`b_i` and variance :math:`v_i` give

.. math:: d'^2 = \sum_i \frac{(a_i - b_i)^2}{v_i}

with photons for CT and PET, where the variance is the mean, and samples of k-space for MRI.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from medkit.data.tasks import TASKS, Case, chest, head, patients
from medkit.physics import ct, pet


def twins(name: str, n: int, *, rng=0, size: int = 64) -> list[tuple[Case, Case]]:
    """Draw patients twice, ill and well: the disease is their only difference, noise included."""
    drawn = (patients(name, n, rng=rng, size=size, ill=ill) for ill in (True, False))
    return list(zip(*drawn, strict=True))


def detectability(name: str, ill: Case, well: Case, protocol=None) -> float:
    """Return d′ of a patient's lesion for the ideal observer of the raw data.

    Parameters
    ----------
    name : str
        A task of CT, MRI or PET.
    ill, well : Case
        From `twins`.
    protocol : optional
        The task's usual one if not given.

    Raises
    ------
    ValueError
        For the tasks of sound and light: their noise is speckle, which is no sum of
        independent measurements.

    Examples
    --------
    >>> from medkit.data import tasks
    >>> ((ill, well),) = twins("ct_bleed", 1)
    >>> doses = (tasks.with_knob("ct_bleed", mas) for mas in (10.0, 40.0))
    >>> low, high = (detectability("ct_bleed", ill, well, dose) for dose in doses)
    >>> round(high / low, 2)  # four times the photons
    2.0
    """
    task = TASKS[name]
    if task.modality not in _MEANS:
        raise ValueError(f"{name}: no closed form; there is one for {', '.join(_MEANS)}")
    protocol, size = protocol or task.protocol, len(ill.mask)
    a, b, variance = _MEANS[task.modality](name, ill, well, protocol, size)
    return float(np.sqrt((np.abs(a - b) ** 2 / variance).sum()))


def _photons(name, ill, well, protocol, size):
    field = head.FIELD_MM if TASKS[name].region == "head" else chest.FIELD_MM
    protocol = replace(protocol, detector_spacing_mm=field / size)
    a, b = (
        protocol.photons_per_bin * ct.project(case.body, protocol).astype(float)
        for case in (ill, well)
    )
    return a, b, (a + b) / 2 + protocol.electronic_noise**2


def _samples(name, ill, well, protocol, size):
    quiet = replace(protocol, noise=0)
    (a, measured), (b, _) = (head.measure_mr(case, quiet, size) for case in (ill, well))
    return a, b, replace(measured, noise=protocol.noise).noise_sigma ** 2


def _coincidences(name, ill, well, protocol, size):
    protocol = replace(protocol, detector_spacing_mm=chest.FIELD_MM / size)
    a, b = (
        pet.project(case.body, protocol, uptake=chest.uptake_pet(case)).prompts.astype(float)
        for case in (ill, well)
    )
    return a, b, (a + b) / 2


_MEANS = {"CT": _photons, "MR": _samples, "PT": _coincidences}


def area(detectabilities: Sequence[float]) -> float:
    r"""Return the AUC over patients with these d′, each with their own lesion.

    The logarithm of the likelihood ratio is normal, with mean :math:`\pm d'^2/2` and variance
    :math:`d'^2`. So an ill patient i is told from a well one j with the probability
    :math:`\Phi(\tfrac12\sqrt{d_i'^2 + d_j'^2})`, of which this is the mean over all pairs.

    >>> round(area([1.0]), 2), round(area([0.0, 3.0]), 2)  # Φ(1/√2) for one
    (0.76, 0.84)
    """
    d = np.asarray(detectabilities, float)
    return float(ndtr(np.hypot(d[:, None], d) / 2).mean())
