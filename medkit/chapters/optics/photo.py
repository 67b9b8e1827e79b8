"""Explorers of ``14_optics``: photographs of the eye and of the skin."""

from functools import lru_cache

import numpy as np

from medkit.anatomy.lifelike.mole import mole
from medkit.physics.optics import abcd as rule
from medkit.physics.optics import dermoscopy, fundus
from medkit.physics.optics.dermoscopy import DermoscopyProtocol
from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Slider, Table, explorer

#: Rows and columns of the fundus photograph and of the skin, and the width of the skin.
FUNDUS_SIZE, SKIN_SIZE, SKIN_MM = 420, 256, 14.0
DERMATOSCOPE = DermoscopyProtocol(round_field=True)


@lru_cache
def photograph() -> np.ndarray:
    """Return the real fundus photograph, (FUNDUS_SIZE, FUNDUS_SIZE, 3)."""
    return fundus.photograph(FUNDUS_SIZE)


@lru_cache
def _prepared():
    """Return field of view, even green channel, and the kit's own tracing of the vessels."""
    picture = photograph()
    mask = fundus.field_of_view(picture)
    green = np.minimum(fundus.flat_green(picture, mask), 0.5)
    vessels, _ = fundus.segment(picture, mask=mask)
    yy, xx = np.mgrid[:FUNDUS_SIZE, :FUNDUS_SIZE]
    centre = np.argwhere(mask).mean(axis=0)
    inner = np.hypot(yy - centre[0], xx - centre[1]) < 0.95 * np.sqrt(mask.sum() / np.pi)
    return mask & inner, green, vessels & inner


@lru_cache(maxsize=64)
def strength(scale_px: float, measure: str = "line strength") -> np.ndarray:
    """Return how much each pixel of the fundus looks like a line of one width."""
    mask, green, _ = _prepared()
    find = fundus.vesselness if measure == "vesselness" else fundus.line_strength
    return find(green, (scale_px,)) * mask


def traced(scale_px: float, share: float, measure: str = "line strength") -> np.ndarray:
    """Return the strongest pixels, as many as are `share` of the field of view."""
    mask, value = _prepared()[0], strength(scale_px, measure)
    return value > np.quantile(value[mask], 1 - share)


def agreement(scale_px: float, share: float, measure: str = "line strength") -> float:
    """Return the Dice overlap with the tracing that uses four widths and drops crumbs."""
    mask, _, reference = _prepared()
    return fundus.dice(traced(scale_px, share, measure), reference, mask)


@lru_cache(maxsize=64)
def _agreements(scale_px, measure):
    mask, _, reference = _prepared()
    order = np.argsort(-strength(scale_px, measure)[mask], kind="stable")
    hits = np.cumsum(reference[mask][order])
    n = np.arange(1, len(order) + 1)
    shares = np.linspace(0.01, 0.3, 59)
    at = np.round(shares * len(order)).astype(int) - 1
    return shares, 2 * hits[at] / (n[at] + hits[-1])


@explorer(
    title="Find the vessels",
    scale_px=Slider(0.6, 7.0, 2.4, 0.2, unit="px", label="Width looked for, σ"),
    share=Slider(1, 30, 11, 1, unit="%", label="Share called vessel"),
    measure=Choice(["line strength", "vesselness"], label="Measure"),
)
def vessels(*, scale_px, share, measure):
    """Choose a width and a threshold, and trace the vessels of a real eye."""
    mask, _, reference = _prepared()
    found = traced(scale_px, share / 100, measure)
    value = strength(scale_px, measure)
    shares, curve = _agreements(scale_px, measure)
    overlap = fundus.dice(found, reference, mask)
    outlined = photograph().copy()
    outlined[found & reference] = (90, 255, 120)
    outlined[found & ~reference] = (255, 235, 60)
    outlined[reference & ~found] = (90, 190, 255)
    return Picture(
        Image(outlined, "Traced", colorbar=False),
        Image(
            value,
            measure.capitalize(),
            values=("1", 0, float(np.quantile(value[mask], 0.99)) or 1.0, "magma"),
            colorbar=False,
        ),
        Lines(
            100 * shares,
            {"this width": curve},
            "Overlap with the kit's tracing",
            xaxis=("share called vessel (%)", 0, 30),
            yaxis=("Dice (1)", 0, 1),
            marks={"": share},
        ),
        caption=f"Dice {overlap:.2f} with the kit's own tracing, which uses four widths: both "
        "green, only you yellow, only the kit blue",
        alt=f"A fundus photograph with the vessels found at width {scale_px:.1f} pixels marked; "
        f"the overlap with the kit's tracing is {overlap:.2f}.",
    )


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
