"""Digital patients: bodies as maps of tissues, whose diseases are known exactly.

`head` and `thorax` make patients, `lesions` makes them ill, `phantoms` are simple
bodies with answers in closed form, `population` draws many patients to learn from.
"""

from medkit.anatomy import lesions, phantoms
from medkit.anatomy.head import head
from medkit.anatomy.patient import Patient
from medkit.anatomy.phantoms import (
    Ellipse,
    bars,
    disc,
    disc_projection,
    ellipse_projection,
    ellipses,
    low_contrast,
    shepp_logan,
)
from medkit.anatomy.population import population
from medkit.anatomy.thorax import Build, thorax

__all__ = [
    "Build",
    "Ellipse",
    "Patient",
    "bars",
    "disc",
    "disc_projection",
    "ellipse_projection",
    "ellipses",
    "head",
    "lesions",
    "low_contrast",
    "phantoms",
    "population",
    "shepp_logan",
    "thorax",
]
