"""Where the tracer goes: activity maps of a digital patient, lesions included."""

from collections.abc import Iterable, Mapping

import numpy as np

from medkit.constants import FDG_SUV

#: How much the uptake of one tissue varies between people (log-normal); what a heart burns
#: depends on the last meal.
SPREAD, HEART_SPREAD = 0.15, 0.6


def usual_suv(tissues: Iterable[str], rng=None) -> dict[str, float]:
    """Return the usual uptake of each tissue; with `rng`, that of one person drawn by chance.

    >>> usual_suv(["air", "liver"])
    {'air': 0.0, 'liver': 2.3}
    """
    values = {name: FDG_SUV.get(name, 0.0) for name in tissues}
    if rng is not None:
        rng = np.random.default_rng(rng)
        for name in values:
            spread = HEART_SPREAD if name == "heart" else SPREAD
            values[name] *= float(np.exp(spread * rng.standard_normal()))
    return values


def uptake_map(patient, *, uptake: Mapping[str, float] | None = None) -> np.ndarray:
    """Paint a patient with standardised uptake values of FDG.

    Parameters
    ----------
    patient : Patient
    uptake : mapping of str to float, optional
        Values in the place of the usual ones (`medkit.constants.FDG_SUV`), by the name of a
        tissue or of a lesion of the patient: ``{"nodule": 8.0, "heart": 1.5}``.

    Returns
    -------
    ndarray of float32, shape (plane, row, column)
        SUV; in lung it goes with the local density, as vessels hold more blood.

    Raises
    ------
    KeyError
        If `uptake` names neither a tissue nor a lesion of this patient.

    Examples
    --------
    >>> from medkit.anatomy import phantoms
    >>> float(uptake_map(phantoms.disc(20.0, shape=(32, 32), field_mm=64.0)).max())
    1.0
    """
    chosen = dict(uptake or {})
    unknown = [k for k in chosen if k not in patient.lesions and k not in patient.tissues]
    if unknown:
        there = ", ".join((*patient.tissues, *patient.lesions))
        raise KeyError(f"this patient has no {unknown[0]!r}; it has: {there}")
    values = usual_suv(patient.tissues)
    values.update((name, chosen[name]) for name in chosen if name in values)
    picture = patient.map(values)
    for name, mask in patient.lesions.items():
        if name in chosen:
            picture[mask] = chosen[name]
    return picture
