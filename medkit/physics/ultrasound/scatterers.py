"""Point scatterers: what an ultrasound scanner thinks tissue is made of.

Tissue scatters where its density or stiffness changes over less than a wavelength:
cells, fibres, small vessels. Many such points in each resolution cell, at random,
interfere; the result is speckle. How strongly a tissue scatters is its echogenicity.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medkit.anatomy.fields import smooth_field
from medkit.physics.ultrasound.acoustics import properties


@dataclass(frozen=True, eq=False)
class Scatterers:
    """Points that send an echo back.

    Parameters
    ----------
    x_mm, z_mm : array_like, shape (point,)
        Where: x along the transducer (0 in its middle), z depth below it.
    amplitude : array_like, shape (point,)
        How strong, with sign.
    loss_db_mhz : array_like, shape (point,), optional
        What the wave has lost on its way from the skin, one way, dB/MHz. None:
        a scanner's `acquire` takes its protocol's attenuation times the depth.
    """

    x_mm: np.ndarray
    z_mm: np.ndarray
    amplitude: np.ndarray
    loss_db_mhz: np.ndarray | None = None

    def __post_init__(self):
        for name in ("x_mm", "z_mm", "amplitude", "loss_db_mhz"):
            value = getattr(self, name)
            if value is not None:
                value = np.atleast_1d(np.asarray(value, np.float32))
                object.__setattr__(self, name, value)
                if value.shape != self.x_mm.shape or value.ndim != 1:
                    raise ValueError(
                        f"{name} has shape {value.shape}, x_mm has {self.x_mm.shape}; "
                        "give one value for each scatterer"
                    )

    def __len__(self):
        return self.x_mm.size

    def __add__(self, other: "Scatterers") -> "Scatterers":
        """Put two sets of scatterers together."""
        if (self.loss_db_mhz is None) != (other.loss_db_mhz is None):
            raise ValueError(
                "one set of scatterers carries loss_db_mhz, the other does not; give both or none"
            )
        names = ("x_mm", "z_mm", "amplitude")
        both = [np.concatenate([getattr(self, n), getattr(other, n)]) for n in names]
        if self.loss_db_mhz is not None:
            both.append(np.concatenate([self.loss_db_mhz, other.loss_db_mhz]))
        return Scatterers(*both)

    def moved(self, dx_mm=0.0, dz_mm=0.0) -> "Scatterers":
        """Return the same scatterers elsewhere, as flow or a pushing hand would."""
        return Scatterers(self.x_mm + dx_mm, self.z_mm + dz_mm, self.amplitude, self.loss_db_mhz)

    def points(self, attenuation_db_cm_mhz: float = 0.0) -> np.ndarray:
        """Return a table (point, 4) of x, z, amplitude, loss; only what lies below the skin."""
        loss = self.loss_db_mhz
        if loss is None:
            loss = attenuation_db_cm_mhz * 0.1 * self.z_mm
        table = np.stack([self.x_mm, self.z_mm, self.amplitude, loss], axis=1)
        return table[self.z_mm > 0]


def texture(
    shape, spacing_mm, *, along_mm=1.8, across_mm=0.22, sway_mm=1.5, rng=None
) -> np.ndarray:
    """Return a smooth random field, stretched along the rows, of mean 0 and deviation 1.

    Fibres, ducts and septa lie mostly parallel to the skin; what they scatter
    varies fast with depth and slowly along the skin.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    spacing_mm : tuple of float
        Size of a pixel, row and column.
    along_mm, across_mm : float
        Width of the features along and across the skin.
    sway_mm : float
        How far they wave up and down.
    rng : None, int or numpy.random.Generator
        Randomness.

    Returns
    -------
    ndarray, float32
        The field.
    """
    rng = np.random.default_rng(rng)
    widths = across_mm / spacing_mm[0], along_mm / spacing_mm[1]
    field = smooth_field(shape, widths, rng)
    # Fibres are not ruled with a ruler: each column slides up or down a little.
    sway = smooth_field((shape[1], 1), (4 / spacing_mm[1], 1), rng)[:, 0] * sway_mm / spacing_mm[0]
    row = (np.arange(shape[0])[:, None] + sway.astype(np.intp)) % shape[0]
    return field[row, np.arange(shape[1])]


def path_loss(attenuation_db_cm_mhz, spacing_mm, *, sector: bool = False) -> np.ndarray:
    """Add up what is lost on the way to each pixel: one-way dB/MHz from the transducer.

    Too much loss on the way leaves a shadow behind; too little, in a cyst, makes
    what lies behind too bright (enhancement), because the scanner's gain assumes
    the same loss everywhere.

    Parameters
    ----------
    attenuation_db_cm_mhz : ndarray, shape (row, column)
        Of each pixel.
    spacing_mm : tuple of float
        Size of a pixel, row and column.
    sector : bool
        Whether the rays fan out from the top middle (phased array) instead of
        running straight down (linear array).

    Returns
    -------
    ndarray, shape (row, column), float32
        Loss up to the middle of the pixel.

    Examples
    --------
    >>> print(path_loss(np.full((3, 1), 0.5), (10.0, 1.0))[:, 0])  # 1 cm a row
    [0.25 0.75 1.25]
    """
    loss = np.asarray(attenuation_db_cm_mhz, dtype=np.float32)
    if not sector:
        step = loss * np.float32(0.1 * spacing_mm[0])
        return np.cumsum(step, axis=0) - step / 2
    rows, columns = loss.shape
    step_mm, angles = spacing_mm[0], np.deg2rad(np.linspace(-80, 80, 321))
    z, x = np.arange(rows)[:, None] + 0.5, np.arange(columns) + 0.5 - columns / 2
    z, x = z * spacing_mm[0], x * spacing_mm[1]
    r = (np.arange(int(np.hypot(z[-1, 0], x[-1]) / step_mm) + 1)[:, None] + 0.5) * step_mm
    row = np.clip(r * np.cos(angles) / spacing_mm[0], 0, rows - 1).astype(np.intp)
    column = np.clip(r * np.sin(angles) / spacing_mm[1] + columns / 2, 0, columns - 1)
    along = np.cumsum(loss[row, column.astype(np.intp)], axis=0) * (0.1 * step_mm)
    ray = (np.arctan2(x, z) - angles[0]) / (angles[1] - angles[0])
    place = [np.hypot(x, z) / step_mm - 0.5, ray]
    return ndimage.map_coordinates(along, place, order=1, mode="nearest")


def scatter(amplitude, loss_db_mhz, spacing_mm, *, per_mm2=12.0, rng=None) -> Scatterers:
    """Fill a picture with random scatterers of the strength and loss of its pixels.

    Parameters
    ----------
    amplitude : ndarray, shape (row, column)
        Root mean square echo of a scatterer in each pixel; nothing is put where it is 0.
    loss_db_mhz : ndarray, shape (row, column)
        See `path_loss`.
    spacing_mm : tuple of float
        Size of a pixel, row and column; row 0 is at the skin, x = 0 the middle column.
    per_mm2 : float
        Scatterers in a square millimetre. Ten in a resolution cell make full speckle.
    rng : None, int or numpy.random.Generator
        Randomness.

    Returns
    -------
    Scatterers
        At uniformly random places.
    """
    rng = np.random.default_rng(rng)
    rows, columns = amplitude.shape
    dz, dx = spacing_mm
    n = round(float(rows * columns * dz * dx * per_mm2))
    row, column = rng.random((2, n), np.float32) * np.array([[rows], [columns]], np.float32)
    pixel = row.astype(np.intp), column.astype(np.intp)
    strength = np.asarray(amplitude, np.float32)[pixel] * rng.standard_normal(n, np.float32)
    keep = strength != 0
    return Scatterers(
        ((column - columns / 2) * np.float32(dx))[keep],
        (row * np.float32(dz))[keep],
        strength[keep],
        np.asarray(loss_db_mhz, np.float32)[pixel][keep],
    )


def interfaces(impedance, loss_db_mhz, spacing_mm, *, per_mm=6.0, strength=25.0) -> Scatterers:
    """Put mirrors where the impedance jumps: rows of scatterers that echo in step.

    Side by side they send a wave straight back, and cancel in every other direction,
    as a smooth surface does: a boundary that faces the beam is bright, a steep one
    is dark.

    Parameters
    ----------
    impedance : ndarray, shape (row, column)
        Z in any unit.
    loss_db_mhz : ndarray, shape (row, column)
        See `path_loss`.
    spacing_mm : tuple of float
        Size of a pixel, row and column.
    per_mm : float
        Scatterers along 1 mm of the boundary.
    strength : float
        Amplitude of 1 mm of a perfect mirror against that of one scatterer of
        strength 1; sets how much brighter mirrors are than speckle.

    Returns
    -------
    Scatterers
        Amplitude ∝ (Z₂ − Z₁)/(Z₂ + Z₁), with its sign.
    """
    z = np.asarray(impedance, np.float32)
    jump = (z[1:] - z[:-1]) / (z[1:] + z[:-1])
    row, column = np.nonzero(np.abs(jump) > 1e-4)
    # A slanting edge of pixels is a staircase, and steps of λ/2 would echo in step. Where the
    # blurred map crosses the mean of both sides, the edge lies between the pixels.
    soft = ndimage.gaussian_filter(z, (1.0, 2.5))
    above, below = soft[row, column], soft[row + 1, column]
    part = (0.5 * (z[row, column] + z[row + 1, column]) - above) / (below - above + 1e-9)
    depth = (row + 0.5 + np.clip(part, -1, 2)) * spacing_mm[0]
    repeat = max(1, round(per_mm * spacing_mm[1]))
    across = (np.tile(np.arange(repeat), row.size) + 0.5) / repeat
    row, column, depth = (np.repeat(a, repeat) for a in (row, column, depth))
    x = (column + across - z.shape[1] / 2) * spacing_mm[1]
    amplitude = jump[row, column] * strength * spacing_mm[1] / repeat
    return Scatterers(x, depth, amplitude, loss_db_mhz[row, column])


def random_scatterers(patient, *, rng=None, per_mm2=12.0, sector: bool = False) -> Scatterers:
    """Fill the first plane of a digital patient with scatterers, and its boundaries with mirrors.

    Parameters
    ----------
    patient : Patient
        Row 0 lies at the transducer, depth grows with the row.
    rng : None, int or numpy.random.Generator
        Randomness of speckle and texture.
    per_mm2 : float
        Scatterers in a square millimetre.
    sector : bool
        Whether the rays fan out from the top middle; see `path_loss`.

    Returns
    -------
    Scatterers
        With the loss on their way, so that shadows and enhancement come by themselves.
    """
    rng = np.random.default_rng(rng)
    labels = np.asarray(patient.labels)
    labels = labels[0] if labels.ndim == 3 else labels
    spacing = tuple(patient.spacing_mm)[-2:]
    tissues = [properties(name) for name in patient.tissues]
    streaks = np.array([t.streaks for t in tissues], np.float32)[labels]
    decibel = np.array([t.echo_db for t in tissues], np.float32)[labels]
    amplitude = 10 ** (decibel / 20) * np.exp(streaks * texture(labels.shape, spacing, rng=rng))
    loss = np.array([t.attenuation_db_cm_mhz for t in tissues])[labels]
    loss = path_loss(loss, spacing, sector=sector)
    # An aperture looks from a little left and right too: shadows have soft edges.
    loss = ndimage.gaussian_filter1d(loss, 0.5 / spacing[1], axis=1, mode="nearest")
    impedance = np.array([t.impedance_mrayl for t in tissues])[labels]
    speckle = scatter(amplitude, loss, spacing, per_mm2=per_mm2, rng=rng)
    return speckle + interfaces(impedance, loss, spacing)


def reverberation(scatterers: Scatterers, *, gap_mm: float, times: int = 4, echo: float = 0.35):
    """Return ghosts of scatterers: echoes that went to and fro before they came back.

    Between two mirrors `gap_mm` apart each passage adds 2 gap/c to the echo's time,
    so the scanner draws a copy one gap deeper, weaker by the factor `echo`.

    Parameters
    ----------
    scatterers : Scatterers
        What is seen again (not changed).
    gap_mm : float
        Distance of the mirrors.
    times : int
        How many ghosts.
    echo : float
        Amplitude of each against the one before.

    Returns
    -------
    Scatterers
        The ghosts only; add them to the original.
    """
    k = np.arange(1, times + 1, dtype=np.float32)[:, None]
    loss = scatterers.loss_db_mhz
    return Scatterers(
        np.tile(scatterers.x_mm, times),
        (scatterers.z_mm + k * np.float32(gap_mm)).ravel(),
        (scatterers.amplitude * np.float32(echo) ** k).ravel(),
        None if loss is None else np.tile(loss, times),
    )
