"""Explorers of ``40_heart``: a beat in a tilted plane, and a ventricle cut into discs.

The calliper is in `strip`, the cine MRI in `cine`.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit.anatomy.regions.heart import contraction
from medkit.anatomy.ventricle import VIEWS, Probe, Ventricle
from medkit.data.tasks import ventricles
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, explorer

#: Pixels of the explorers' pictures, and the size of each.
SIZE, PIXEL_MM = 128, 1.125
#: Ends of the picture in mm: left, right, top, bottom.
EXTENT = (-72.0, 72.0, ventricles.TOP_MM, ventricles.TOP_MM + 144.0)
#: Moments of a beat.
TIMES = np.linspace(0, 1, 81)

SHAPES = {
    "healthy": Ventricle(),
    "weak and wide": Ventricle(94, 60, ejection=0.25, shortening=0.06),
    "a scar at the apex": Ventricle(94, 54, ejection=0.35, shortening=0.08, scar=1, scar_deg=20),
    "oval": Ventricle(width_mm=52, roundness=0.72),
    "oval, turned between the views": Ventricle(width_mm=52, roundness=0.72, turn_deg=45),
}


def diameters(mask, pixel_mm: float, n: int = 20) -> tuple[np.ndarray, float]:
    """Cut a traced ventricle across its long axis into n discs.

    Parameters
    ----------
    mask : numpy.ndarray
        Of bool, the apex above.
    pixel_mm : float
    n : int

    Returns
    -------
    widths_mm : numpy.ndarray
        Mean width of each disc, from the apex on, shape (n,).
    length_mm : float
        Of the long axis.
    """
    at = np.stack(np.nonzero(mask)) * pixel_mm  # row, column
    at = at - at.mean(axis=1, keepdims=True)
    axis = np.linalg.eigh(at @ at.T)[1][:, 1]
    along = axis * np.sign(axis[0]) @ at
    along = along[:, None] + pixel_mm * np.linspace(-0.5, 0.5, 8)  # a pixel is no point
    counts, edges = np.histogram(along, n)
    return counts / 8 * pixel_mm**2 / (edges[1] - edges[0]), edges[-1] - edges[0]


def biplane_ml(four, two, pixel_mm: float, n: int = 20) -> float:
    """Return the volume of two traced views by Simpson's rule: π/4 Σ aᵢ bᵢ L/n, in ml."""
    (a, long_a), (b, long_b) = diameters(four, pixel_mm, n), diameters(two, pixel_mm, n)
    return float(np.pi / 4 * (a @ b) * max(long_a, long_b) / n * 1e-3)


def traced(heart, phase, view, tilt_deg=0.0):
    """Return where the cavity is in the plane: what a perfect hand would trace."""
    return ventricles.mask(heart, phase, Probe(view, tilt_deg), size=SIZE, pixel_mm=PIXEL_MM)


@lru_cache(maxsize=128)
def seen_ml(heart, tilt_deg) -> tuple:
    """Return volumes by Simpson's rule from perfectly traced views, at five states of a beat."""
    phases = [0.36 * 2 / np.pi * np.arcsin(np.sqrt(c)) for c in (0, 0.25, 0.5, 0.75, 1)]
    views = [[traced(heart, p, view, tilt_deg) for view in VIEWS] for p in phases]
    return tuple(biplane_ml(*both, PIXEL_MM) for both in views)


@lru_cache(maxsize=16)
def _scanner(frequency_mhz):
    probe = replace(ventricles.SECTOR.transducer, frequency_mhz=frequency_mhz)
    return replace(ventricles.SECTOR, transducer=probe)


def echo_image(pixels, **settings) -> Image:
    """Return a panel of an apical picture, its axes in mm."""
    words = {"unit": "1", "colorbar": False, "xlabel": "x (mm)", "ylabel": "depth (mm)"}
    place = {"limits": (0, 1), "extent": EXTENT, "spacing_mm": PIXEL_MM}
    return Image(pixels, **words, **place, **settings)


@explorer(
    title="A beat, in a plane that may miss the apex",
    phase=Slider(0.0, 1.0, 0.36, 0.02, label="Moment of the beat", play_s=4),
    tilt_deg=Slider(0, 20, 12, 1, unit="°", label="Probe tilted by"),
    ejection=Slider(0.15, 0.75, 0.45, 0.05, label="True ejection fraction"),
    view=Choice(tuple(VIEWS), label="View"),
    frequency_mhz=Slider(1.5, 4.5, 2.7, 0.3, unit="MHz", label="Frequency"),
    gain_db=Slider(-12, 12, 0, 2, unit="dB", label="Gain"),
)
def beat(*, phase, tilt_deg, ejection, view, frequency_mhz, gain_db):
    """Tilt the probe: the picture stays beautiful, and the numbers go wrong."""
    heart = Ventricle(ejection=ejection, shortening=0.25 * ejection)
    protocol = _scanner(frequency_mhz)
    lines = ventricles.echo(heart, phase, Probe(view, tilt_deg), protocol=protocol)
    pixels = ventricles.picture(
        lines, gain_db=gain_db, protocol=protocol, size=SIZE, pixel_mm=PIXEL_MM
    )
    true, seen = heart.volume_ml(TIMES), np.array(seen_ml(heart, tilt_deg))
    curve = np.interp(contraction(TIMES), np.linspace(0, 1, 5), seen)
    wrong = 100 * (1 - seen[-1] / seen[0])
    return Picture(
        echo_image(
            pixels,
            title=f"{view}, tilted by {tilt_deg}°",
            masks={"traced": traced(heart, phase, view, tilt_deg)},
            mask_opacity=0.0,
        ),
        Lines(
            TIMES,
            {"true": true, "by discs": curve},
            "Volume of the left ventricle",
            xaxis=("time (heartbeats)", 0, 1),
            yaxis=("volume (ml)", 0, 140),
            marks={"now": phase},
        ),
        caption=f"at most {true.max():.0f} ml, seen {seen[0]:.0f} ml; "
        f"ejection fraction {100 * ejection:.0f} %, seen {wrong:.0f} %",
        alt=f"A simulated apical picture whose plane is tilted by {tilt_deg} degrees, with the "
        f"cavity traced, and its volume over a beat: the truth, and by discs from both views.",
    )


@explorer(
    title="How many discs does a heart need?",
    discs=Slider(1, 30, 6, 1, label="Discs", play_s=6),
    shape=Choice(tuple(SHAPES), "oval", label="Heart"),
    phase=Slider(0.0, 0.36, 0.36, 0.06, label="Moment of the beat"),
)
def discs(*, discs, shape, phase):
    """Stack discs in a heart: a few are enough, unless the heart is not round."""
    heart = SHAPES[shape]
    masks = {view: traced(heart, phase, view) for view in VIEWS}
    true = float(heart.volume_ml(phase))
    many = np.arange(1, 31)
    both = np.array([biplane_ml(*masks.values(), PIXEL_MM, n) for n in many])
    alone = np.array([biplane_ml(*[masks["4 chambers"]] * 2, PIXEL_MM, n) for n in many])
    widths, length = diameters(masks["4 chambers"], PIXEL_MM, discs)
    top = np.nonzero(masks["4 chambers"].any(1))[0][0] * PIXEL_MM + ventricles.TOP_MM
    steps = top + length * np.arange(discs + 1) / discs
    x = np.repeat(widths / 2, 2)
    z = np.repeat(steps, 2)[1:-1]
    outline = np.r_[x, -x[::-1], x[0]], np.r_[z, z[::-1], z[0]]
    return Picture(
        echo_image(
            masks["4 chambers"].astype(np.float32) * 0.5,
            title="4 chambers, traced",
            curves={f"{discs} disc{'s' * (discs > 1)}": outline},
        ),
        Lines(
            many,
            {"two views": both, "4 chambers alone": alone},
            "Volume",
            xaxis=("discs", 1, 30),
            yaxis=("volume (ml)", 0.5 * true, 1.6 * true),
            marks={"now": discs},
            bands={"true ± 3 %": (many, 0.97 * true + 0 * many, 1.03 * true + 0 * many)},
        ),
        caption=f"true {true:.0f} ml; two views {both[discs - 1]:.0f} ml, "
        f"4 chambers alone {alone[discs - 1]:.0f} ml",
        alt=f"A traced ventricle ({shape}) with {discs} discs in it, and the volume that they give "
        "against their number, from one view and from two.",
    )


#: How the probe was held for the six pictures of `riddle`: degrees out of the plane of the apex.
RIDDLE_DEG = {"A": 0, "B": 18, "C": 0, "D": 20, "E": 0, "F": 16}


def riddle() -> dict[str, np.ndarray]:
    """Return six apical pictures of the relaxed heart, some of them foreshortened, by letter."""
    pictures = {}
    for k, (letter, tilt) in enumerate(RIDDLE_DEG.items()):
        heart = Ventricle(84 + 2 * k, 45 + k, ejection=0.55)
        lines = ventricles.echo(heart, 0.0, Probe("4 chambers", tilt, shift_mm=2), seed=50 + k)
        pictures[letter] = ventricles.picture(lines, size=SIZE, pixel_mm=PIXEL_MM)
    return pictures
