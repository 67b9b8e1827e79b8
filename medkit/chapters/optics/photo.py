"""Explorers of ``14_optics``: photographs of the eye and of the skin."""

from functools import lru_cache

import numpy as np

from medkit.anatomy.regions.skin import skin
from medkit.physics.optics import abcd as rule
from medkit.physics.optics import dermoscopy, fundus
from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Slider, Table, explorer

#: Rows and columns of the fundus photograph, and of the lesions.
FUNDUS_SIZE, SKIN_SIZE = 420, 104


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
    scale_px=Slider(0.6, 7.0, 4.2, 0.2, unit="px", label="Width looked for, σ"),
    share=Slider(1, 30, 25, 1, unit="%", label="Share called vessel"),
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
        Image(outlined, title="Traced", colorbar=False),
        Image(
            value,
            title=measure.capitalize(),
            unit="1",
            colormap="magma",
            limits=(0, float(np.quantile(value[mask], 0.99)) or 1.0),
            colorbar=False,
        ),
        Lines(
            100 * shares,
            {"this width": curve},
            title="Overlap with the kit's tracing",
            xlabel="share called vessel (%)",
            ylabel="Dice (1)",
            xlim=(0, 30),
            ylim=(0, 1),
            marks={"": share},
        ),
        caption=f"Dice {overlap:.2f} with the kit's own tracing, which uses four widths: both "
        "green, only you yellow, only the kit blue",
        alt=f"A fundus photograph with the vessels found at width {scale_px:.1f} pixels marked; "
        f"the overlap with the kit's tracing is {overlap:.2f}.",
    )


#: Where the explorer raises an alarm: above these. Chosen for this digital skin.
ALARMS = {"asymmetry": 0.08, "border": 1.08, "colours": 2.5, "diameter_mm": 6.0}


@lru_cache(maxsize=32)
def lesion(asymmetry: float, border: float, colours: int, diameter_mm: float, seed: int):
    """Return a digital patch of skin, its photograph, and what the kit measures in it."""
    patch = skin(
        "naevus",
        asymmetry=asymmetry,
        border=border,
        colours=colours,
        diameter_mm=diameter_mm,
        shape=(SKIN_SIZE, SKIN_SIZE),
        hairs=2,
        field_mm=14.0,
        rng=seed,
    )
    picture = dermoscopy.acquire(patch, rng=seed)
    mask = rule.find_lesion(picture)
    if not mask.any():  # as pale and small as this, only the truth can tell where it is
        mask = patch.lesion
    return patch, picture, mask, rule.measure(picture, patch.spacing_mm, lesion=mask)


def alarms(found: rule.ABCD) -> list[bool]:
    """Return for each of A, B, C and D whether it lies above its limit in `ALARMS`."""
    values = (found.asymmetry, found.border, len(found.colours), found.diameter_mm)
    return [bool(v > limit) for v, limit in zip(values, ALARMS.values(), strict=True)]


@explorer(
    title="A, B, C, D",
    asymmetry=Slider(0.0, 1.0, 0.1, 0.1, label="Asymmetry"),
    border=Slider(0.0, 1.0, 0.1, 0.1, label="Ragged border"),
    colours=Choice([1, 2, 3, 4], label="Colours"),
    diameter_mm=Slider(2.0, 10.0, 4.0, 0.5, unit="mm", label="Diameter"),
    seed=Button("Another one"),
)
def abcd(*, asymmetry, border, colours, diameter_mm, seed):
    """Turn a harmless mole into a suspicious one, property by property."""
    patch, picture, mask, found = lesion(asymmetry, border, colours, diameter_mm, seed + 6)
    marks = alarms(found)
    signs = ["alarm" if mark else "–" for mark in marks]
    rows = [
        ("A asymmetry", f"{asymmetry:.1f}", f"{found.asymmetry:.2f}", signs[0]),
        ("B border", f"{border:.1f}", f"{found.border:.2f}", signs[1]),
        ("C colours", f"{colours}", f"{len(found.colours)}", signs[2]),
        ("D diameter", f"{diameter_mm:.1f} mm", f"{found.diameter_mm:.1f} mm", signs[3]),
    ]
    overlap = fundus.dice(mask, patch.lesion)
    return Picture(
        Image(
            picture,
            title="Under the dermatoscope",
            spacing_mm=patch.spacing_mm,
            masks={"found": mask},
            colorbar=False,
            smooth=True,
        ),
        Table(rows, header=("", "put in", "measured", ""), title="What was put in, and found"),
        caption=f"{sum(marks)} of 4 alarms; colours found: {', '.join(found.colours) or 'none'}; "
        f"the outline overlaps the truth by {overlap:.2f}",
        alt=f"A simulated dermoscopic picture of a lesion of {found.diameter_mm:.1f} mm with the "
        f"outline that was found; {sum(marks)} of 4 alarms.",
    )
