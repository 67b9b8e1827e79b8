"""medkit: from photons to diagnosis in one chain.

The folders are the imaging chain::

    anatomy ──▶ physics.<modality> ──▶ image ─┐
    (digital patients)  acquire, reconstruct  ├─▶ learning ─▶ evaluation ─▶ views
    data (DICOM, public sets, reports) ───────┘                                   │
    course (the engine of exercises, quizzes, grading) ◀── chapters ◀── notebooks ◀┘

Importing ``medkit`` loads none of it: each part is imported when first used,
so ``import medkit`` takes milliseconds and ``medkit.physics.ct`` just works.
"""

__version__ = "0.7.0"

_PARTS = (
    "anatomy",
    "authoring",
    "chapters",
    "constants",
    "course",
    "data",
    "image",
    "kit",
    "learning",
    "physics",
    "views",
)


def __getattr__(name):
    """Import a part of the kit the first time it is touched (PEP 562)."""
    if name in _PARTS:
        import importlib

        return importlib.import_module("medkit." + name)
    raise AttributeError("module 'medkit' has no attribute {!r}".format(name))  # noqa: UP032 - must parse on old Pythons


def __dir__():
    """List the parts beside what is already loaded."""
    return sorted(set(globals()) | set(_PARTS))
