"""Fourier encoding: how gradients turn a slice into k-space."""

import numpy as np
import scipy.fft

from medkit.physics.mri.radial import NonUniformFourier
from medkit.physics.mri.scanner import MRProtocol


def encode(
    images: np.ndarray, spacing_mm, protocol: MRProtocol, frequency_hz: float = 0.0
) -> np.ndarray:
    """Fourier-encode coil images: what the scanner's receivers record, before noise.

    The object is a mosaic of even pixels; its Fourier integral is exact, so that all
    that a finite k-space does to an image (ringing, folding, partial volume) is there.

    Parameters
    ----------
    images : ndarray, shape (coil, row, column)
        Magnetisation as each coil hears it, centred in the field of view.
    spacing_mm : tuple of float
        Pixel of `images`, which may be any.
    protocol : MRProtocol
        Settings.
    frequency_hz : float
        How fast the object precesses relative to the scanner: fat, for example. It shifts
        along the read-out.

    Returns
    -------
    ndarray of complex64, shape (coil, row, column) or (coil, spoke, sample)
        k-space, scaled such that its unitary inverse has the values of `images`.
    """
    fields = [f / s for f, s in zip(protocol.fov_mm, spacing_mm, strict=True)]  # in pixels
    if protocol.sampling != "radial" and np.allclose(fields, np.round(fields), atol=1e-3):
        kspace = _encode_by_fft(images, [round(f) for f in fields], protocol)
    else:
        kspace = _encode_anywhere(images, fields, protocol)
    if frequency_hz:
        samples = kspace.shape[-1]
        turns = frequency_hz / protocol.bandwidth_hz * (np.arange(samples) / samples - 0.5)
        # The sign of the encoding itself: a higher frequency passes for a position further on.
        kspace *= np.exp(-2j * np.pi * turns).astype(np.complex64)
    return kspace


def _encode_by_fft(images, fields, protocol):
    """Encode where the field of view is a whole number of object pixels: fold, then FFT."""
    images = _crop(images, fields[1])
    middles = []
    for axis, field in zip((1, 2), fields, strict=True):
        images, middle = _fold(images, axis, field)
        middles.append(middle)
    kspace = scipy.fft.fftn(images, axes=(1, 2))
    for axis, (middle, field, n) in enumerate(
        zip(middles, fields, protocol.matrix, strict=True), start=1
    ):
        m = np.arange(n) - n // 2
        kspace = kspace.take(m % field, axis=axis)
        # The middle of the image lies half one of its own pixels before index n // 2.
        turns = m * (middle + field / n / 2) / field
        factor = np.exp(2j * np.pi * turns) * np.sinc(m / field) * np.sqrt(n) / field
        kspace *= factor.astype(np.complex64).reshape((1, n, 1) if axis == 1 else (1, 1, n))
    return kspace * protocol.lines[:, None]


def _crop(images, field):
    """Cut off the columns beyond the field of view, as the receiver's filter does."""
    beyond = max(0, (images.shape[2] - field) // 2)
    return images[:, :, beyond : images.shape[2] - beyond]


def _fold(images, axis, field):
    """Bring an axis to the field of view: pad with zeros, or fold over what lies beyond.

    Returns the images and where their middle came to lie.
    """
    size = images.shape[axis]
    copies = -(-size // field)
    before = (copies * field - size) // 2
    pads = [(0, 0)] * 3
    pads[axis] = (before, copies * field - size - before)
    images = np.pad(images, pads)
    shape = images.shape
    images = images.reshape(*shape[:axis], copies, field, *shape[axis + 1 :]).sum(axis=axis)
    return images, before + (size - 1) / 2


def _encode_anywhere(images, fields, protocol):
    """Encode at any points of k-space by the non-uniform FFT."""
    if protocol.sampling != "radial":
        images = _crop(images, fields[1] // 2 * 2)
        rows, columns = (np.arange(n, dtype=np.float32) - n // 2 for n in protocol.matrix)
        rows = rows[protocol.lines]
        points = np.stack(np.broadcast_arrays(rows[:, None], columns), axis=-1)
    else:
        points = protocol.points
    shape = images.shape[1:]
    cycles = [points[..., i] / f for i, f in enumerate(fields)]  # a pixel of the object
    scaled = np.stack([c * n for c, n in zip(cycles, shape, strict=True)], axis=-1)
    measured = NonUniformFourier(scaled, shape, len(images)).forward(images)
    factor = np.sqrt(np.prod(shape)) * np.ones((), np.complex64)
    for c, n, field, m in zip(cycles, shape, fields, protocol.matrix, strict=True):
        offset = n // 2 - (n - 1) / 2 - field / m / 2
        factor = factor * np.exp(-2j * np.pi * c * offset) * np.sinc(c) * np.sqrt(m) / field
    measured = (measured * factor).astype(np.complex64)
    if protocol.sampling == "radial":
        return measured
    kspace = np.zeros((len(images), *protocol.matrix), np.complex64)
    kspace[:, protocol.lines] = measured
    return kspace
