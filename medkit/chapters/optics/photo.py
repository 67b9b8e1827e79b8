"""Explorer of ``14_optics``: photographs of the skin."""

from functools import lru_cache

import numpy as np

from medkit.anatomy.lifelike.mole import mole
from medkit.physics.optics import abcd as rule
from medkit.physics.optics import dermoscopy, fundus
from medkit.physics.optics.dermoscopy import DermoscopyProtocol
from medkit.views.explorer import Button, Choice, Image, Picture, Slider, Table, explorer

#: Rows and columns of the photograph, and its width.
SKIN_SIZE, SKIN_MM = 256, 14.0
DERMATOSCOPE = DermoscopyProtocol(round_field=True)


#: Where the explorer raises an alarm: above these. Chosen for this digital skin.
ALARMS = {"asymmetry": 0.08, "border": 1.08, "colours": 2.5, "diameter_mm": 6.0}


def half(pixels: np.ndarray) -> np.ndarray:
    """Return an image of half the rows and columns: means of four pixels."""
    rows, columns = (n // 2 for n in pixels.shape[:2])
    four = pixels.astype(np.uint16).reshape(rows, 2, columns, 2, -1)
    return (four.sum(axis=(1, 3), dtype=np.uint16) // 4).astype(np.uint8)


def read(picture: np.ndarray, spacing_mm: float) -> tuple[rule.ABCD, np.ndarray]:
    """Return the ABCD of a picture with a round field, and the outline that was found.

    It is read at half the pixels: a network of pigment is none of an outline's business.
    """
    small = half(picture)
    found = rule.find_lesion(small, DERMATOSCOPE.aperture(small.shape[:2]) > 0.5)
    outline = found.repeat(2, axis=0).repeat(2, axis=1)
    return rule.measure(small, 2 * spacing_mm, lesion=found), outline


@lru_cache(maxsize=32)
def lesion(asymmetry: float, border: float, colours: int, diameter_mm: float, seed: int):
    """Return a digital mole, its photograph, what is found in it, and the outline found."""
    patch = mole(
        asymmetry=asymmetry,
        border=border,
        colours=colours,
        diameter_mm=diameter_mm,
        size=SKIN_SIZE,
        field_mm=SKIN_MM,
        rng=seed,
    )
    picture = dermoscopy.acquire(patch, DERMATOSCOPE, rng=seed)
    return patch, picture, *read(picture, patch.spacing_mm)


def alarms(found: rule.ABCD) -> list[bool]:
    """Return for each of A, B, C and D whether it lies above its limit in `ALARMS`."""
    values = (found.asymmetry, found.border, len(found.colours), found.diameter_mm)
    return [bool(v > limit) for v, limit in zip(values, ALARMS.values(), strict=True)]


@explorer(
    title="A, B, C, D",
    asymmetry=Slider(0.0, 1.0, 0.7, 0.1, label="Asymmetry"),
    border=Slider(0.0, 1.0, 0.5, 0.1, label="Ragged border"),
    colours=Choice([1, 2, 3, 4], default=4, label="Colours"),
    diameter_mm=Slider(2.0, 10.0, 7.5, 0.5, unit="mm", label="Diameter"),
    seed=Button("Another one"),
)
def abcd(*, asymmetry, border, colours, diameter_mm, seed):
    """Turn a harmless mole into a suspicious one, property by property."""
    patch, picture, found, mask = lesion(asymmetry, border, colours, diameter_mm, seed + 6)
    # The same rulers on the true outline: what the sliders gave, in the units of what was found.
    true = patch.lesion[::2, ::2]
    long_mm = 2 * patch.spacing_mm * rule.diameter(true)
    marks = alarms(found)
    signs = ["alarm" if mark else "–" for mark in marks]
    rows = [
        ("A asymmetry", f"{rule.asymmetry(true):.2f}", f"{found.asymmetry:.2f}", signs[0]),
        ("B border", f"{rule.border(true):.2f}", f"{found.border:.2f}", signs[1]),
        ("C colours", f"{colours}", f"{len(found.colours)}", signs[2]),
        ("D diameter", f"{long_mm:.1f} mm", f"{found.diameter_mm:.1f} mm", signs[3]),
    ]
    overlap = fundus.dice(mask, patch.lesion)
    return Picture(
        Image(
            picture,
            "Under the dermatoscope",
            spacing_mm=patch.spacing_mm,
            masks={"found": mask},
            colorbar=False,
            smooth=True,
        ),
        Table(rows, header=("", "in truth", "found", ""), title="By the same ruler"),
        caption=f"{sum(marks)} of 4 alarms; colours found: {', '.join(found.colours) or 'none'}; "
        f"the outline overlaps the truth by {overlap:.2f}",
        alt=f"A simulated dermoscopic picture of a lesion of {found.diameter_mm:.1f} mm with the "
        f"outline that was found; {sum(marks)} of 4 alarms.",
    )
