"""Many patients to learn from: as many as asked for, no two alike, the truth known."""

from collections.abc import Iterator

import numpy as np

from medkit.anatomy.patient import Patient
from medkit.anatomy.regions.head import head
from medkit.anatomy.regions.thorax import thorax

_MAKERS = {"head": head, "thorax": thorax}
#: Heights in mm between which the one plane of each patient is drawn.
_HEIGHTS_MM = {"head": (0.0, 35.0), "thorax": (-80.0, 40.0)}


def population(
    kind: str, n: int, *, lesion: str | None = None, prevalence: float = 0.5, rng=None, **options
) -> Iterator[Patient]:
    """Draw patients, one after the other.

    Patient i depends on `rng` and i alone: asking for more patients leaves the
    first ones as they are.

    Parameters
    ----------
    kind : {"head", "thorax"}
        Which part of the body.
    n : int
        How many patients.
    lesion : str, optional
        What some of them have; see `medkit.anatomy.lesions.LESIONS`.
    prevalence : float
        The share of patients who have it.
    rng : None, int or numpy.random.Generator
    **options
        Passed to `head` or `thorax`, for example ``shape=(64, 64)``. Without
        ``planes_mm`` each patient is one plane at a height of its own.

    Yields
    ------
    Patient
        A patient is ill if ``patient.lesions`` is not empty.

    Raises
    ------
    ValueError
        If there is no such part of the body.

    Examples
    --------
    >>> group = population("thorax", 4, lesion="nodule", rng=0, shape=(32, 32))
    >>> [patient.shape for patient in group]
    [(1, 32, 32), (1, 32, 32), (1, 32, 32), (1, 32, 32)]
    """
    if kind not in _MAKERS:
        raise ValueError(f"no anatomy {kind!r}; there are: {', '.join(_MAKERS)}")
    return _draw(kind, lesion, prevalence, np.random.default_rng(rng).spawn(n), options)


def _draw(kind, lesion, prevalence, rngs, options):
    for rng in rngs:
        height = rng.uniform(*_HEIGHTS_MM[kind])
        ill = rng.random() < prevalence
        settings = {"planes_mm": height, "lesion": lesion if ill else None, **options}
        yield _MAKERS[kind](rng=rng, **settings)
