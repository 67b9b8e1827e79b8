"""Explorer of ``13_ultrasound``: a lump in a breast, and what lies behind it."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.anatomy.regions.breast import LESIONS
from medkit.anatomy.regions.breast import breast as make_breast
from medkit.chapters.ultrasound.explorers import beam_of, bmode_image
from medkit.physics import ultrasound
from medkit.physics.ultrasound import UltrasoundProtocol, bmode, scanlines
from medkit.physics.ultrasound.scatterers import random_scatterers
from medkit.physics.ultrasound.transducer import LINEAR
from medkit.views.explorer import Button, Choice, Picture, Slider, explorer

#: The lump, its outline, the same woman without it, and what the lump changed.
SHOWN = ("the lump", "where it is", "without it", "the difference")


@lru_cache(maxsize=24)
def woman(lesion: str | None, seed: int):
    """Return a breast and its scatterers; the same seed without a lesion is the same woman."""
    patient = make_breast(lesion, rng=seed, spacing_mm=0.15)
    return patient, random_scatterers(patient, rng=seed, per_mm2=9)


def breast_protocol(frequency_mhz: float, assumed_db: float = 0.6) -> UltrasoundProtocol:
    """Return a linear array on the breast, whose gain assumes a loss in dB/cm/MHz."""
    return UltrasoundProtocol(
        transducer=replace(LINEAR, frequency_mhz=frequency_mhz),
        depth_mm=36.0,
        focus_mm=16.0,
        transmit_elements=32,
        f_number=2.0,
        shape=(256, 160),
        attenuation_db_cm_mhz=assumed_db,
    )


@lru_cache(maxsize=32)
def _breast_lines(lesion, seed, frequency_mhz):
    protocol = breast_protocol(frequency_mhz)
    _, points = woman(lesion, seed)
    return scanlines.scan(points, protocol, response=beam_of(protocol), looks=12)


def lesion_mask(lesion: str, seed: int) -> np.ndarray:
    """Return where the lesion is, on the grid of the picture."""
    mask = woman(lesion, seed)[0].lesions[lesion][0]
    depth, lateral = breast_protocol(8.0).axes
    row, column = (depth / 0.15).astype(int), ((lateral + 19.2) / 0.15).astype(int)
    return mask[np.minimum(row, mask.shape[0] - 1)][:, np.minimum(column, mask.shape[1] - 1)]


def behind_db(lesion: str, seed: int = 0, frequency_mhz: float = 8.0) -> float:
    """Return how much brighter it is behind a lesion than in the same woman without it, in dB."""
    ill, well = (_breast_lines(kind, seed, frequency_mhz) for kind in (lesion, None))
    return bmode.behind_db(ill, well, lesion_mask(lesion, seed))


@explorer(
    title="What is the lump?",
    lesion=Choice(LESIONS, label="Lesion"),
    frequency_mhz=Slider(4.0, 12.0, 8.0, 0.5, unit="MHz", label="Frequency"),
    gain=Slider(0.0, 1.2, 0.6, 0.05, unit="dB/cm/MHz", label="Time gain for a loss of"),
    dynamic_range_db=Slider(25, 80, 60, 5, unit="dB", label="Dynamic range"),
    patient=Button(label="Next patient"),
    show=Choice(SHOWN, label="Show"),
)
def breast(*, lesion, frequency_mhz, gain, dynamic_range_db, patient, show):
    """Scan a breast, and look at the lump and at what lies behind it."""
    for mhz in np.arange(4, 12.5, 0.5):  # so that no later frequency must wait
        beam_of(breast_protocol(float(mhz)))
    lines = _breast_lines(lesion, patient, frequency_mhz)
    without = _breast_lines(None, patient, frequency_mhz)
    # The echoes stay what they are; only the knob of the gain turns.
    protocol = breast_protocol(frequency_mhz, gain)
    usual = bmode.time_gain(breast_protocol(frequency_mhz))[:, None]
    white = np.percentile(np.abs(lines) * usual, 99.5)
    look = {"title": "A simulated breast", "limits": (-dynamic_range_db, 0)}
    if show == "the difference":
        shown = _difference_db(lines, without)
        look = {"title": "Louder or weaker for the lump", "limits": (-20, 20), "colorbar": True}
        look["colormap"] = "difference"
    else:
        shown = ultrasound.display(
            _hazy(without if show == "without it" else lines, usual),
            protocol,
            reference=white,
            dynamic_range_db=dynamic_range_db,
            smooth_mm=0.12,
        )
    if show in ("where it is", "the difference"):
        look["masks"] = {lesion: lesion_mask(lesion, patient)}
    behind = behind_db(lesion, patient, frequency_mhz)
    word = "enhancement" if behind > 0 else "shadow"
    return Picture(
        bmode_image(shown, protocol, **look),
        caption=f"behind the {lesion}: {behind:+.1f} dB against the same woman without it ({word})",
        alt=f"B-mode picture of a breast with a {lesion} at {frequency_mhz:g} MHz; behind it the "
        f"echoes change by {behind:+.1f} dB.",
    )


def _hazy(lines, gain):
    """Add echoes that came in aside: no picture of a real breast has a cyst as black as ink."""
    haze = ndimage.gaussian_filter(np.abs(lines) * gain, (10, 20))
    return np.abs(lines) + 0.04 * haze / gain


def _difference_db(lines, without):
    """How much louder the echoes are with the lump, averaged over speckle."""
    power = [ndimage.gaussian_filter(np.abs(a) ** 2, 5) for a in (lines, without)]
    return 10 * np.log10(power[0] / power[1])
