"""Digital patients: bodies as maps of tissues, whose diseases are known exactly.

`head`, `thorax`, `breast`, `heart`, `eye` and `skin` make patients, `lesions`
makes them ill, and `phantoms` are simple bodies with answers in closed form. Many patients
to learn from are drawn by `medkit.data.tasks`.
"""

from medkit.anatomy import lesions, phantoms
from medkit.anatomy.patient import Patient
from medkit.anatomy.phantoms import disc
from medkit.anatomy.regions.breast import breast
from medkit.anatomy.regions.eye import eye
from medkit.anatomy.regions.head import head
from medkit.anatomy.regions.heart import heart
from medkit.anatomy.regions.skin import skin
from medkit.anatomy.regions.thorax import Build, thorax
