"""Digital patients: bodies as maps of tissues, whose diseases are known exactly.

`head` and `thorax` make patients, `lesions` makes them ill, `phantoms` are simple
bodies with answers in closed form, `population` draws many patients to learn from.
"""

from medkit.anatomy import lesions
from medkit.anatomy.head import head
from medkit.anatomy.patient import Patient
from medkit.anatomy.thorax import thorax

__all__ = ["Patient", "head", "lesions", "thorax"]
