"""Dermoscopy: a lens and a lamp on the skin, and the ABCD of what they show.

Light goes into the skin, is scattered back and loses to melanin and blood on its way:
R = R₀ e^{−(ε_m m + ε_b b)} in red, green and blue (Beer–Lambert). Melanin takes mostly
blue, hence brown; deep melanin takes mostly red, hence blue-grey.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from scipy import ndimage

from medkit.physics import noise
from medkit.physics.knob import knob

#: Absorption in red, green and blue (a camera's bands, about 630, 540 and 460 nm) relative to
#: green. Melanin falls with λ^−3.33: 0.60 in red; in blue 1.71, of which light that is scattered
#: back sooner feels less. Of the three, blood absorbs green most:
#: Jacques, Phys. Med. Biol. 58 (2013) R37, doi:10.1088/0031-9155/58/11/R37. Deep melanin is
#: seen through skin that scatters blue back before it gets there; its values only follow
#: that order.
MELANIN_RGB = np.array([0.60, 1.0, 1.42], np.float32)
BLOOD_RGB = np.array([0.12, 1.0, 0.80], np.float32)
DEEP_RGB = np.array([1.55, 1.0, 0.62], np.float32)
#: What bare skin without pigment and blood sends back.
WHITE_RGB = np.array([0.82, 0.74, 0.68], np.float32)
HAIR_RGB = np.array([0.035, 0.022, 0.016], np.float32)
#: Part of the light that the corners of a picture lose.
VIGNETTE = 0.35
#: Colours that dermatologists count, sRGB on skin of the usual lightness.
COLOURS = {
    "white": (236, 225, 218),
    "red": (196, 78, 74),
    "light brown": (176, 118, 84),
    "dark brown": (98, 56, 42),
    "blue-grey": (72, 84, 112),
    "black": (40, 26, 26),
}


@dataclass(frozen=True)
class DermoscopyProtocol:
    """Settings of a dermatoscope.

    Parameters
    ----------
    exposure : float
        Brightness.
    blur_mm : float
        Standard deviation of the lens' blur.
    photons : float
        Photons of a white pixel: the fewer, the noisier. Infinite: no noise.
    round_field : bool
        Whether the picture is cut to the disc that the lens shows, black around it.

    Examples
    --------
    >>> DermoscopyProtocol().lamp((3, 3))[1].round(2)
    array([0.86, 1.  , 0.86], dtype=float32)
    """

    exposure: float = 1.0
    blur_mm: float = knob(0.03, "Blur", "mm", 0.03, 3.0, log=True)
    photons: float = 8000.0
    round_field: bool = False

    def lamp(self, shape: tuple[int, int]) -> np.ndarray:
        """Return the light on each pixel, (row, column), linear."""
        return (self.exposure * (1 - VIGNETTE * _corners(tuple(shape)))).astype(np.float32)

    def aperture(self, shape: tuple[int, int]) -> np.ndarray:
        """Return the part of each pixel that lies in the field of view, (row, column)."""
        row, column = (np.arange(n) - (n - 1) / 2 for n in shape)
        away = np.hypot(row[:, None], column)
        inside = np.clip(min(shape) / 2 - away, 0, 1) if self.round_field else np.ones(shape)
        return inside.astype(np.float32)


@lru_cache(maxsize=8)
def _corners(shape):
    """Return 0 in the middle of a picture, 1 in its corners, by the power of a usual lens."""
    row, column = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in shape)
    return ((row[:, None] ** 2 + column**2) / 2) ** 1.3


def reflectance(skin) -> np.ndarray:
    """Return what a patch of skin sends back of white light, (row, column, 3), linear."""
    light = np.empty((*skin.shape, 3), np.float32)
    bands = zip(MELANIN_RGB, DEEP_RGB, BLOOD_RGB, WHITE_RGB, HAIR_RGB, strict=True)
    for k, (melanin, deep, blood, white, hair) in enumerate(bands):
        density = skin.melanin * melanin + skin.deep_melanin * deep + skin.blood * blood
        light[..., k] = white * np.exp(-density) * (1 - skin.hair) + hair * skin.hair
    return light


def acquire(skin, protocol: DermoscopyProtocol | None = None, *, rng=None) -> np.ndarray:
    """Photograph a patch of skin.

    Parameters
    ----------
    skin : Skin
        The patient.
    protocol : DermoscopyProtocol, optional
        Settings; the usual ones if not given.
    rng : None, int or numpy.random.Generator
        Randomness of the noise.

    Returns
    -------
    ndarray of uint8, shape (row, column, 3)
        Picture in sRGB.
    """
    protocol, rng = protocol or DermoscopyProtocol(), np.random.default_rng(rng)
    light = reflectance(skin)
    if protocol.blur_mm > 0.25 * skin.spacing_mm:
        sigma = protocol.blur_mm / skin.spacing_mm
        light = ndimage.gaussian_filter(light, (sigma, sigma, 0), truncate=3)
    light = light * protocol.lamp(skin.shape)[..., None]
    if protocol.round_field:
        light = light * protocol.aperture(skin.shape)[..., None]
    if np.isfinite(protocol.photons):
        # So many photons that their Poisson noise is normal, and quicker drawn so.
        light = light + noise.gaussian(np.zeros_like(light), 1.0, rng) * np.sqrt(
            light / protocol.photons
        )
    return encode(light)


def encode(linear: np.ndarray) -> np.ndarray:
    """Return sRGB bytes of linear light from 0 to 1 (IEC 61966-2-1).

    >>> encode(np.array([0.0, 0.2140, 1.0]))
    array([  0, 127, 255], dtype=uint8)
    """
    return _srgb()[(np.clip(linear, 0, 1) * np.float32(4095)).astype(np.int32)]


@cache
def _srgb():
    levels = np.linspace(0, 1, 4096)
    curve = np.where(levels < 0.0031308, 12.92 * levels, 1.055 * levels ** (1 / 2.4) - 0.055)
    return np.round(255 * curve).astype(np.uint8)
