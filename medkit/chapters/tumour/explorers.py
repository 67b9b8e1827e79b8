"""Explorers of ``42_tumour``: a lesion that is too small, and two visits."""

import numpy as np
from scipy import ndimage

from medkit.physics.pet.recovery import blurred_sphere, sphere_recovery
from medkit.physics.pet.scanner import FWHM
from medkit.physics.pet.suv import PEAK_RADIUS_MM
from medkit.views.explorer import Button, Image, Lines, Picture, Slider, Table, explorer

#: Counts of a scan per mL, second and SUV, before anything is lost; what a trunk lets through.
COUNTS, THROUGH = 6.5, 0.08
#: Voxels of a lesion's cube, mm, and the smoothing after the scan.
FINE_MM, FILTER_MM = 3.0, 6.0
_AT = np.arange(-12, 13) * FINE_MM
_AWAY = np.sqrt(sum(x**2 for x in np.ix_(_AT, _AT, _AT)))
_INSIDE = np.arange(-2, 3) * FINE_MM
_BALL = sum(x**2 for x in np.ix_(_INSIDE, _INSIDE, _INSIDE)) <= PEAK_RADIUS_MM**2
#: Diameters of the curve, mm.
_DIAMETERS = np.linspace(4, 40, 73)


def lesion(diameter_mm: float, suv: float, resolution_mm: float, seconds: float, rng):
    """Return the PET of a round lesion in a background of 1, blurred to `resolution_mm` in all."""
    scanner_mm = np.sqrt(resolution_mm**2 - FILTER_MM**2)
    truth = 1 + (suv - 1) * blurred_sphere(_AWAY, diameter_mm, scanner_mm)
    per_suv = COUNTS * FINE_MM**3 / 1000 * THROUGH * seconds
    counts = rng.poisson(per_suv * np.maximum(truth, 0))
    return ndimage.gaussian_filter(counts / per_suv, FILTER_MM / FWHM / FINE_MM)


def peak(image) -> float:
    """Return the mean over the 1 mL ball within 12 mm of the middle where it is highest."""
    near = tuple(slice(n // 2 - 6, n // 2 + 7) for n in image.shape)
    return float(ndimage.convolve(image[near], _BALL / _BALL.sum())[2:-2, 2:-2, 2:-2].max())


def _cut(image, title, top):
    half = 12.5 * FINE_MM
    return Image(
        image[12],
        title=title,
        values=("SUV", 0, top, "inverse gray"),
        spacing_mm=FINE_MM,
        xaxis=("mm", -half, half),
        yaxis=("mm", half, -half),
    )


@explorer(
    title="A lesion that is too small",
    diameter_mm=Slider(6, 40, 12, 1, unit="mm", label="Diameter", play_s=6),
    suv=Slider(2.0, 12.0, 8.0, 0.5, unit="", label="True SUV"),
    resolution_mm=Slider(6.5, 12.0, 8.5, 0.5, unit="mm", label="Resolution in the picture"),
    seconds=Slider(10.0, 1000.0, 120.0, unit="s", label="Counting time", log=True),
    seed=Button("Scan again"),
)
def small(*, diameter_mm, suv, resolution_mm, seconds, seed):
    """Scan a sphere of known uptake, and read its maximum, its peak and its volume."""
    image = lesion(diameter_mm, suv, resolution_mm, seconds, np.random.default_rng(seed))
    at_peak, top = peak(image), float(image.max())
    curve = sphere_recovery(_DIAMETERS, resolution_mm)
    part = float(sphere_recovery(diameter_mm, resolution_mm))
    pieces, _ = ndimage.label(image >= 0.41 * top)
    hottest = np.unravel_index(image.argmax(), image.shape)
    volume = float((pieces == pieces[hottest]).sum() * FINE_MM**3 / 1000)
    true_ml = np.pi / 6 * diameter_mm**3 / 1000
    rows = [
        ("SUVmax", f"{top:.1f}"),
        ("SUVpeak", f"{at_peak:.1f}"),
        ("true SUV", f"{suv:.1f}"),
        ("41 % volume", f"{volume:.1f} mL"),
        ("true volume", f"{true_ml:.1f} mL"),
    ]
    return Picture(
        _cut(image, "PET through the middle", 12.0),
        Lines(
            _DIAMETERS,
            {"closed form": curve},
            title="Recovery of the contrast",
            xlabel="diameter (mm)",
            yaxis=("recovery (1)", 0, 1.1),
            marks={"here": diameter_mm},
        ),
        Table(rows, title="Reading"),
        caption=f"{diameter_mm} mm of SUV {suv:.1f}: recovery {part:.2f}, peak {at_peak:.1f}, "
        f"maximum {top:.1f}",
        alt=f"A PET of a sphere of {diameter_mm} mm, and the curve of recovery: {part:.2f} here; "
        f"true SUV {suv:.1f}, peak {at_peak:.1f}.",
    )


@explorer(
    title="Has it answered?",
    uptake_change=Slider(-80, 80, 0, 5, unit="%", label="True change of uptake"),
    size_change=Slider(-60, 60, -35, 5, unit="%", label="True change of diameter"),
    diameter_mm=Slider(10, 36, 18, 1, unit="mm", label="Diameter before"),
    spread=Slider(0.0, 25.0, 10.0, 2.5, unit="%", label="Spread from day to day"),
    seconds=Slider(20.0, 500.0, 120.0, unit="s", label="Counting time", log=True),
    seed=Button("Another week"),
)
def response(*, uptake_change, size_change, diameter_mm, spread, seconds, seed):
    """Scan a lesion before and after treatment, and let PERCIST and RECIST judge."""
    rng = np.random.default_rng(seed)
    sizes = diameter_mm, diameter_mm * (1 + size_change / 100)
    uptakes = 8.0, 8.0 * (1 + uptake_change / 100)
    images = [
        lesion(d, u * np.exp(spread / 100 * rng.standard_normal()), 8.5, seconds, rng)
        for d, u in zip(sizes, uptakes, strict=True)
    ]
    peaks = [peak(image) for image in images]
    change = 100 * (peaks[1] / peaks[0] - 1)
    percist = "response" if change <= -30 else "progression" if change >= 30 else "stable"
    grown = size_change >= 20 and sizes[1] - sizes[0] >= 5
    recist = "response" if size_change <= -30 else "progression" if grown else "stable"
    rows = [
        ("uptake, in truth", f"{uptake_change:+.0f} %"),
        ("SUVpeak", f"{peaks[0]:.1f} → {peaks[1]:.1f}"),
        ("change", f"{change:+.0f} %"),
        ("PERCIST", percist),
        ("diameter", f"{sizes[0]:.0f} → {sizes[1]:.0f} mm"),
        ("RECIST", recist),
    ]
    return Picture(
        _cut(images[0], "Before", 8.0),
        _cut(images[1], "After", 8.0),
        Table(rows, title="Verdict"),
        caption=f"true change of uptake {uptake_change:+.0f} %, measured {change:+.0f} %: PERCIST "
        f"{percist}, RECIST {recist}",
        alt=f"Two PET pictures of a lesion; its peak changes by {change:+.0f} %: {percist} by "
        f"PERCIST, {recist} by RECIST.",
    )
