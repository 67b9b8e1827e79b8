"""Explorer of ``40_heart``: a beat in a tilted plane; the calliper is in `strip`."""

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
