"""Explorers of ``14_optics``: fringes, holograms, unwrapping and phase contrast.

OCT is in `oct`, what moves in `scan`, photographs of eye and skin in `photo`.
"""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.physics.optics import holography, unwrapping
from medkit.physics.optics import quantitative_phase as qp
from medkit.physics.optics.holography import HologramProtocol
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Toggle, explorer

#: The part of the real phase image that the explorers show, and its pixels.
SIZE = 256
_ROW, _COLUMN = 247, 294
WIDTH_UM = SIZE * qp.CELL_PIXEL_UM
#: Axes in µm, in true proportions.
MICRO = {
    "extent": (0.0, WIDTH_UM, 0.0, WIDTH_UM),
    "spacing_mm": qp.CELL_PIXEL_UM / 1000,
    "xlabel": "x (µm)",
    "ylabel": "y (µm)",
}
PHASE_LIMITS = (-2.0, 6.0)


@lru_cache
def cell() -> np.ndarray:
    """Return the real cell in the middle of a square, in rad, shape (SIZE, SIZE)."""
    return qp.cell()[_ROW : _ROW + SIZE, _COLUMN : _COLUMN + SIZE].copy()


@lru_cache
def cell_mask() -> np.ndarray:
    """Return where the cell is, shape (SIZE, SIZE)."""
    return qp.find_cell(cell())


@lru_cache
def granules() -> np.ndarray:
    """Return how strongly grains in the cell absorb, 0 to 1: made up, for a zero order to see."""
    rng = np.random.default_rng(4)
    inside = np.argwhere(ndimage.binary_erosion(cell_mask(), iterations=6))
    grains = np.zeros((SIZE, SIZE), np.float32)
    np.add.at(grains, tuple(inside[rng.integers(len(inside), size=160)].T), 1)
    grains = ndimage.gaussian_filter(grains, 1.6)
    return np.minimum(grains / grains.max() * 2, 1)


@explorer(
    title="Two waves on a screen",
    phase_deg=Slider(0, 360, 60, 15, unit="°", label="Delay of the second wave", play_s=4),
    tilt=Slider(0, 20, 6, 1, unit="fringes", label="Tilt of the second wave"),
    amplitude=Slider(0.0, 1.0, 1.0, 0.1, label="Amplitude of the second wave"),
)
def fringes(*, phase_deg, tilt, amplitude):
    """See what a detector counts when two waves meet."""
    x = np.linspace(0, 1, 200)
    lag = np.deg2rad(phase_deg) + 2 * np.pi * tilt * x
    together = holography.interfere(np.ones_like(lag), amplitude * np.exp(1j * lag))
    visibility = 2 * amplitude / (1 + amplitude**2)
    return Picture(
        Image(
            np.tile(together, (80, 1)),
            "What the camera sees",
            values=("1", 0, 4),
            xaxis=("x (mm)", 0, 1),
            yaxis=("y (mm)", 0, 0.4),
        ),
        Lines(
            x,
            {"together": together, "sum of both alone": np.full_like(x, 1 + amplitude**2)},
            "A row of it",
            xaxis=("x (mm)", 0, 1),
            yaxis=("intensity (one wave = 1)", 0, 4.2),
            dashed=["sum of both alone"],
        ),
        caption=f"delay {phase_deg}° at the left edge: intensity {together[0]:.2f}; "
        f"visibility of the fringes {visibility:.2f}",
        alt=f"Fringes of two waves, {tilt} across the picture, and a row of it: the intensity "
        f"swings between {(1 - amplitude) ** 2:.2f} and {(1 + amplitude) ** 2:.2f}.",
    )


@lru_cache(maxsize=16)
def take_hologram(n_fringes: int, photons: float, filter_radius: float, absorbing: float = 0.0):
    """Return hologram, wrapped phase and unwrapped phase of the cell, all (SIZE, SIZE)."""
    carrier = (n_fringes / SIZE, n_fringes / SIZE)
    protocol = HologramProtocol(carrier=carrier, photons=photons, filter_radius=filter_radius)
    wave = np.exp(1j * cell() - absorbing * granules())
    picture = holography.record(wave, protocol, rng=0)
    wave = holography.demodulate(picture, carrier, filter_radius=filter_radius)
    wrapped = np.angle(wave)
    found = unwrapping.unwrap(wrapped)
    turns = np.round(np.median(found - cell()) / unwrapping.TURN)
    return picture, wrapped, found - np.float32(turns * unwrapping.TURN)


def hologram_error_rad(
    n_fringes: int, photons: float, filter_radius: float, absorbing: float = 0.0
) -> float:
    """Return the root mean square error of a hologram's phase inside the cell, in rad."""
    error = take_hologram(n_fringes, photons, filter_radius, absorbing)[2] - cell()
    return float(np.sqrt(np.mean(error[cell_mask()] ** 2)))


@explorer(
    title="From fringes to phase",
    n_fringes=Slider(6, 124, 48, 2, unit="fringes", label="Tilt of the reference", play_s=10),
    photons=Slider(0.5, 1000.0, 300.0, unit="per pixel", label="Photons", log=True),
    filter_radius=Slider(0.05, 0.9, 0.35, 0.05, label="Radius of the cut, of the lobe's distance"),
    absorbing=Slider(0.0, 1.5, 1.0, 0.1, label="Grains that absorb"),
)
def hologram(*, n_fringes, photons, filter_radius, absorbing):
    """Cut the side lobe out of the Fourier plane, and see the phase of a real cell."""
    picture, wrapped, found = take_hologram(n_fringes, photons, filter_radius, absorbing)
    power = np.log10(np.abs(np.fft.fftshift(np.fft.fft2(picture))) + 1)
    around = np.linspace(0, 2 * np.pi, 61)
    middle = n_fringes / SIZE
    radius = filter_radius * np.hypot(middle, middle)
    circle = middle + radius * np.cos(around), middle + radius * np.sin(around)
    seen = (np.abs(circle[0]) < 0.5) & (np.abs(circle[1]) < 0.5)
    circle = tuple(np.where(seen, c, np.nan) for c in circle)
    error = hologram_error_rad(n_fringes, photons, filter_radius, absorbing)
    # Fringes of a few pixels would be shrunk to moiré: a quarter of the picture, pixel by pixel.
    part, end = picture[64:160, 64:160], 96 * qp.CELL_PIXEL_UM
    return Picture(
        Image(
            part,
            "Hologram, a part",
            values=("1", 0, 4),
            smooth=False,
            **MICRO | {"extent": (0, end, 0, end)},
        ),
        Image(
            power,
            "Its Fourier plane",
            values=("log₁₀", 1.9, 4.5, "magma"),
            spacing_mm=1.0,
            xaxis=("along (cycles/pixel)", -0.5, 0.5),
            yaxis=("down (cycles/pixel)", -0.5, 0.5),
            curves={"cut out": circle},
        ),
        Image(wrapped, "Its phase, wrapped", values=("rad", -np.pi, np.pi, "phase"), **MICRO),
        Image(found, "Unwrapped", values=("rad", *PHASE_LIMITS, "viridis"), **MICRO),
        caption=f"the phase inside the cell is off by {error:.2f} rad; one fringe is "
        f"{np.hypot(1, 1) / 2 * SIZE / n_fringes:.1f} pixels wide",
        alt=f"A hologram of a cell with {n_fringes} fringes across, its Fourier plane with the "
        "side lobe marked, the wrapped phase and the unwrapped phase.",
    )


#: What the explorer `unwrap` calls the methods.
METHODS = ("row by row", "least squares", "most reliable first", "scikit-image")


def unwrap_by(method: str, wrapped: np.ndarray) -> np.ndarray:
    """Unwrap by one of the `METHODS`."""
    if method == "scikit-image":
        from skimage.restoration import unwrap_phase

        return unwrap_phase(np.asarray(wrapped, float))
    return {
        "row by row": unwrapping.unwrap_rows,
        "least squares": unwrapping.unwrap_least_squares,
        "most reliable first": unwrapping.unwrap,
    }[method](wrapped)


@lru_cache
def _hill(cliff):
    """Return a hill of height 1 on a square of 128, half of it shifted down for a cliff."""
    at = np.arange(128) - 63.5
    hill = np.exp(-(at**2 + (at[:, None] * 0.85) ** 2) / (2 * 22**2))
    if cliff:
        hill = np.where((at[:, None] > 8) & (np.abs(at) < 40), 0.3 * hill, hill)
    return hill


@lru_cache(maxsize=32)
def unwrapped(height_rad: float, noise_rad: float, method: str, cliff: bool, seed: int = 0):
    """Return the wrapped phase, what a method makes of it, and its error in whole turns."""
    noise = np.random.default_rng(seed).standard_normal((128, 128))
    truth = height_rad * _hill(cliff) + noise_rad * noise
    wrapped = unwrapping.wrap(truth)
    found = unwrap_by(method, wrapped)
    turns = (found - truth) / unwrapping.TURN
    turns = np.round(turns - np.round(np.median(turns)))
    return wrapped, truth + unwrapping.TURN * turns, turns


@explorer(
    title="How many whole turns?",
    height_rad=Slider(4, 140, 30, 4, unit="rad", label="Height of the hill"),
    noise_rad=Slider(0.0, 1.6, 0.8, 0.1, unit="rad", label="Noise", play_s=6),
    method=Choice(METHODS, default="row by row", label="Method"),
    cliff=Toggle(False, label="With a cliff"),
)
def unwrap(*, height_rad, noise_rad, method, cliff):
    """Find where three ways to unwrap break, and how."""
    wrapped, found, turns = unwrapped(height_rad, noise_rad, method, cliff)
    wrong = 100 * np.mean(turns != 0)
    steepest = float(np.abs(np.diff(height_rad * _hill(False), axis=1)).max())
    return Picture(
        Image(wrapped, "Wrapped", values=("rad", -np.pi, np.pi, "phase")),
        Image(
            found,
            method[0].upper() + method[1:],
            values=("rad", -0.1 * height_rad - 4, 1.1 * height_rad + 4, "viridis"),
        ),
        Image(turns, "Wrong by", values=("turns", -3, 3, "difference")),
        caption=f"{wrong:.1f} % of the pixels are wrong by whole turns; the hill's steepest step "
        f"is {steepest:.2f} of at most 3.14 rad per pixel, noise {noise_rad:.1f} rad",
        alt=f"The wrapped phase of a hill of {height_rad} rad, unwrapped by the method "
        f"{method}, and the error in turns: {wrong:.1f} % of the pixels are wrong.",
    )


def contrast(image: np.ndarray) -> float:
    """Return how much the cell stands out: the spread of the picture inside, over its mean."""
    return float(image[cell_mask()].std() / image.mean())


@explorer(
    title="Zernike's plate",
    thickness=Slider(0.02, 1.0, 0.1, 0.02, label="Cell's phase, of the real one"),
    shift_deg=Slider(-180, 180, 90, 15, unit="°", label="Delay by the plate", play_s=6),
    transmission=Slider(0.1, 1.0, 1.0, 0.05, label="Amplitude the plate lets through"),
    plate_radius=Slider(0.5, 8.0, 0.5, 0.5, unit="cycles", label="Radius of the plate"),
)
def zernike(*, thickness, shift_deg, transmission, plate_radius):
    """Make an invisible cell visible by delaying the light that missed it."""
    phase = thickness * cell()
    wave = np.exp(1j * phase)
    seen = qp.phase_contrast(
        wave, plate_radius=plate_radius, transmission=transmission, shift_rad=np.deg2rad(shift_deg)
    )
    seen = seen / seen.mean()
    waves = np.log10(np.abs(np.fft.fftshift(np.fft.fft2(wave))) + 1)
    waves = waves[SIZE // 2 - 16 : SIZE // 2 + 17, SIZE // 2 - 16 : SIZE // 2 + 17]
    turn = np.linspace(0, 2 * np.pi, 61)
    plate = plate_radius * np.cos(turn), plate_radius * np.sin(turn)
    row, at = SIZE // 2, (np.arange(SIZE) - (SIZE - 1) / 2) * qp.CELL_PIXEL_UM
    look = {"unit": "1", "limits": (0, 2), **MICRO}
    return Picture(
        Image(qp.bright_field(wave), "Plain microscope", **look),
        Image(seen, "With the plate", **look),
        Image(
            waves,
            "The plate's Fourier plane",
            values=("log₁₀", 0, 5, "magma"),
            spacing_mm=1.0,
            xaxis=("along (cycles)", -16.5, 16.5),
            yaxis=("down (cycles)", -16.5, 16.5),
            curves={"plate": plate},
        ),
        Lines(
            at,
            {"with the plate": seen[row], "phase of the cell (rad)": phase[row]},
            "The row through the middle",
            xaxis=("x (µm)", -14, 14),
            yaxis=("intensity (mean = 1)", -0.5, 4.5),
            dashed=["phase of the cell (rad)"],
        ),
        caption=f"contrast of the cell {contrast(seen):.2f}, without the plate 0.00; its phase "
        f"reaches {phase.max():.2f} rad",
        alt=f"A cell without and with a plate that delays the straight light by {shift_deg}°: "
        f"blank, and with a contrast of {contrast(seen):.2f}.",
    )
