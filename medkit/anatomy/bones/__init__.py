"""Bones for X-rays: `wrist` with a broken radius, `spine` that bends, `loin` to weigh.

Bone is soft tissue with a share of mineral (hydroxyapatite), so its density is a number in
mg/cm³ that a scanner can be asked for. Sizes are usual ones, drawn anew for each person.
"""

from medkit.anatomy.bones.belly import loin
from medkit.anatomy.bones.column import Spine, spine
from medkit.anatomy.bones.forearm import Fracture, wrist

__all__ = ["Fracture", "Spine", "loin", "spine", "wrist"]
