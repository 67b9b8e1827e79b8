"""Where pictures lie along their normal: the places they share, even steps, slabs, order."""

import math
from itertools import pairwise

import numpy as np

from medkit.data.dicom.frame import Frame
from medkit.data.dicom.geometry import SAME_PLACE_MM, normal_of, slots


def depths_of(frames: list[Frame]) -> np.ndarray:
    """Return how far along the normal each picture lies, in mm."""
    return np.array([frame.position for frame in frames]) @ normal_of(frames[0])


def places_of(by_time: list[Frame]) -> list[list[Frame]]:
    """Group by place, in the direction of the normal; at one place the earliest comes first."""
    depth = depths_of(by_time)
    places: list[list[Frame]] = []
    last = -math.inf
    for k in np.argsort(depth, kind="stable"):
        if depth[k] - last > SAME_PLACE_MM:
            places.append([])
            last = depth[k]
        places[-1].append(by_time[k])
    for place in places:
        place.sort(key=lambda frame: frame.order)
    return places


def slabs_of(planes: list[Frame]) -> list[list[Frame]]:
    """Cut planes at wide gaps where each slab is evenly spaced and they are not together."""
    steps = np.diff(depths_of(planes))
    if not len(steps) or slots(steps) is not None:
        return [planes]
    step = np.sort(steps)[(len(steps) - 1) // 2]
    cuts = [0, *(np.flatnonzero(steps > 1.5 * step) + 1).tolist(), len(planes)]
    parts = [planes[a:b] for a, b in pairwise(cuts)]
    even = all(len(part) < 3 or slots(np.diff(depths_of(part))) is not None for part in parts)
    return parts if even and len(parts) <= max(2, len(planes) // 2) else [planes]


def about_slabs(slabs: list[list[Frame]]) -> str:
    """Say how many slabs there are, and how far apart."""
    gaps = [np.diff(depths_of([below[-1], above[0]]))[0] for below, above in pairwise(slabs)]
    shown = ", ".join(f"{gap:.4g}" for gap in gaps[:5]) + (" …" if len(gaps) > 5 else "")
    return f"The slices form {len(slabs)} slabs, {shown} mm apart: each is a volume of its own."
