"""Cuts of a volume on the screen (hanging): which side is up, which letter stands there."""

from itertools import permutations

import numpy as np

from medkit.image import Volume

#: Anatomical plane by the patient axis (x, y, z) that it is seen along.
_NAMES = ("Sagittal", "Coronal", "Axial")


def plane_views(volume: Volume, sides: bool) -> list[dict]:
    """Return how the planes normal to axis 0, 1 and 2 are laid on the screen.

    With `sides`, as radiologists hang them: patient's right or front on the left, head or
    front on top. Otherwise, and where only letters are known, as the array is stored. Each
    view says the axis across and down the screen, whether each is flipped, and the patient
    letters left, right, top, bottom.
    """
    strength = np.abs(volume.axes)
    # Each axis gets its own patient direction, also in volumes turned by nearly 45°.
    main = max(permutations(range(3)), key=lambda p: sum(strength[a, p[a]] for a in range(3)))
    views = []
    for normal in range(3):
        across, down = (2, 1) if normal == 0 else (2, 0) if normal == 1 else (1, 0)
        key = ("first", "second", "third")[normal]
        view = {"name": f"{key.capitalize()} axis", "key": key, "normal": normal}
        flips, letters = (False, False), [""] * 4
        if sides and volume.sides is not None:
            letters = [*volume.letters(across), *volume.letters(down)]
        elif sides:
            # Up and down on the screen is head to feet, else front to back.
            if main[across] > main[down]:
                across, down = down, across
            flips = tuple(
                bool(volume.axes[axis, main[axis]] < 0) != (main[axis] == 2)
                for axis in (across, down)
            )
            for n, axis in enumerate((across, down)):
                positive = volume.axes[axis, main[axis]] > 0
                low, high = ("RL", "AP", "FH")[main[axis]][:: 1 if positive else -1]
                letters[2 * n : 2 * n + 2] = (high, low) if flips[n] else (low, high)
            name = _NAMES[main[normal]]
            view |= {"name": name, "key": name.lower()}
        view |= {"across": across, "down": down, "flips": list(flips), "sides": letters}
        views.append(view)
    return views


def geometry_notes(volume: Volume, sides: bool) -> list[str]:
    """Say what the picture's straight axes hide."""
    notes = []
    lean = np.abs(volume.axes @ volume.axes.T - np.eye(3)).max()
    if lean > 0.02:
        notes.append(
            f"Axes are {np.degrees(np.arcsin(min(lean, 1))):.0f}° off square (tilted gantry): "
            "shapes across planes are approximate."
        )
    turn = np.degrees(np.arccos(np.clip(np.abs(volume.axes).max(axis=1).min(), 0, 1)))
    if sides and turn > 10:
        notes.append(f"Planes are turned by up to {turn:.0f}°: names and letters are the nearest.")
    return notes
