"""Optical imaging: light has a phase, and the phase has a story, from cells to the retina.

    cell ─▶ hologram ─▶ wave ─▶ wrapped phase ─▶ phase ─▶ index, dry mass
    eye ─▶ spectra ─▶ A-scans side by side: layers of the retina (OCT)
    eye ─▶ photograph ─▶ vessels (fundus)
    skin ─▶ photograph ─▶ asymmetry, border, colours, diameter (dermoscopy)

`acquire` goes the first arrow and `reconstruct` the second, with the protocol saying which
instrument it is. The steps are modules of their own: `holography`, `unwrapping`,
`quantitative_phase`, `oct_scanner` and `oct`, `fundus`, `dermoscopy` and `abcd`.
"""

import numpy as np

from medkit.image import Volume
from medkit.physics.optics import dermoscopy, holography, oct
from medkit.physics.optics.dermoscopy import DermoscopyProtocol
from medkit.physics.optics.holography import HologramProtocol
from medkit.physics.optics.oct_scanner import OCTProtocol


def acquire(subject, protocol, *, rng=None) -> np.ndarray:
    """Let an instrument see its subject.

    Parameters
    ----------
    subject : ndarray of complex, Eye or Skin
        For a hologram the object wave, (row, column); for OCT an eye; for dermoscopy skin.
    protocol : HologramProtocol, OCTProtocol or DermoscopyProtocol
        The instrument and its settings.
    rng : None, int or numpy.random.Generator
        Randomness of the noise.

    Returns
    -------
    ndarray
        Intensities (row, column) or (step, row, column) of a hologram; spectra
        (plane, column, sample) of OCT; bytes (row, column, 3) of a dermoscope.

    Raises
    ------
    TypeError
        If the protocol is none of these.

    Examples
    --------
    >>> wave = np.exp(1j * np.full((16, 16), 0.5))
    >>> steps = HologramProtocol(method="phase-shifting")
    >>> round(float(np.angle(reconstruct(acquire(wave, steps), steps)).mean()), 4)
    0.5
    """
    if isinstance(protocol, HologramProtocol):
        return holography.record(subject, protocol, rng=rng)
    return _module(protocol).acquire(subject, protocol, rng=rng)


def reconstruct(data: np.ndarray, protocol, **options) -> np.ndarray:
    """Compute what an instrument's data say.

    Parameters
    ----------
    data : array_like
        As `acquire` returns them.
    protocol : HologramProtocol, OCTProtocol or DermoscopyProtocol
        The instrument and its settings.
    **options
        Passed on, such as `oct.reconstruct`'s ``compensate``.

    Returns
    -------
    ndarray
        The object wave, complex64 (row, column); A-scans in dB (plane, row, column); the
        reflectance of the skin (row, column, 3).

    Raises
    ------
    TypeError
        If the protocol is none of these.
    """
    if not isinstance(protocol, HologramProtocol):
        return _module(protocol).reconstruct(data, protocol, **options)
    if protocol.method == "phase-shifting":
        return holography.field_from_steps(data, protocol.reference)
    return holography.demodulate(
        data, protocol.carrier, filter_radius=protocol.filter_radius, reference=protocol.reference
    )


def scan(eye, protocol: OCTProtocol | None = None, *, averages: int = 1, rng=None) -> Volume:
    """Take an OCT volume of an eye, cut to the rows that hold it.

    Parameters
    ----------
    eye : Eye
        The patient.
    protocol : OCTProtocol, optional
        Settings.
    averages : int
        Number of scans whose powers are averaged, each with speckle of its own, as a
        moving eye gives: the grain falls by its root.
    rng : None, int or numpy.random.Generator
        Randomness of speckle and noise.

    Returns
    -------
    Volume
        In dB relative to a perfect mirror; row 0 lies where the eye's row 0 does.
    """
    protocol, rng = protocol or OCTProtocol(), np.random.default_rng(rng)
    row_um = protocol.depths_um[1]
    first = max(0, round(protocol.zero_delay_um / row_um))
    last = first + round(eye.shape[1] * eye.spacing_um[1] / row_um)
    power = 0.0
    for _ in range(averages):
        decibel = oct.reconstruct(oct.acquire(eye, protocol, rng=rng), protocol)
        power = power + 10 ** (decibel[:, first:last] / 10)
    pixels = np.ascontiguousarray(10 * np.log10(power / averages), np.float32)
    spacing_mm = (eye.spacing_um[0] / 1000, row_um / 1000, eye.spacing_um[2] / 1000)
    return Volume(pixels, spacing_mm, unit="dB", modality="OPT", window=(-75.0, 50.0))


def _module(protocol):
    """Return the module that knows the instrument."""
    if isinstance(protocol, OCTProtocol):
        return oct
    if isinstance(protocol, DermoscopyProtocol):
        return dermoscopy
    raise TypeError(
        f"protocol is a {type(protocol).__name__}; give a HologramProtocol, an OCTProtocol or "
        "a DermoscopyProtocol"
    )
