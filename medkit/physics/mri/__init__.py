"""Magnetic resonance imaging: from the spins of a patient to the picture of a slice.

    patient ─▶ signal of each tissue ─▶ coils ─▶ Fourier encoding ─▶ noise ─▶ k-space
    k-space ─▶ inverse Fourier ─▶ root sum of squares over coils ─▶ magnitude image

`acquire` goes the first line, `reconstruct` the second, `scan` both. What makes up for lines
that were not measured is in `parallel` (SENSE, GRAPPA) and `sparse`. k-space is complex64,
(coil, row, column) or (coil, spoke, sample), with planes in front if there are several.
"""

import numpy as np

from medkit.image import Volume
from medkit.physics import noise
from medkit.physics.mri import kspace, radial
from medkit.physics.mri.coils import root_sum_of_squares
from medkit.physics.mri.encoding import encode
from medkit.physics.mri.relaxation import FAT_SHIFT_PPM, mr_tissue
from medkit.physics.mri.scanner import (
    FAT_LEFT,
    PRESETS,
    MRProtocol,
    coil_maps,
    preset,
    tissue_signal,
)
from medkit.physics.subject import is_patient, like, stacked


def acquire(
    patient,
    protocol: MRProtocol | None = None,
    *,
    rng=None,
    sensitivities: np.ndarray | None = None,
) -> np.ndarray:
    """Scan a patient.

    Parameters
    ----------
    patient : Patient, or array_like, shape (row, column) or (plane, row, column)
        A digital patient; or the signal itself, filling the field of view.
    protocol : MRProtocol, optional
        Settings; a T1-weighted spin echo if not given.
    rng : None, int or numpy.random.Generator
        Randomness of the noise.
    sensitivities : ndarray, shape (coil, row, column), optional
        Coils at the patient's own pixels; the scanner's if not given.

    Returns
    -------
    ndarray of complex64, shape (coil, row, column) or (plane, coil, row, column)
        k-space, 0 where not measured. For radial sampling (…, coil, spoke, sample). A
        patient of one slice gives no plane axis.

    Examples
    --------
    >>> protocol = MRProtocol(matrix=(8, 8), n_coils=1, noise=0)
    >>> data = acquire(np.ones((8, 8)), protocol)
    >>> reconstruct(data, protocol)[4].round(2)
    array([1., 1., 1., 1., 1., 1., 1., 1.], dtype=float32)
    """
    protocol, rng = protocol or MRProtocol(), np.random.default_rng(rng)
    water, fat, spacing_mm = _magnetisation(patient, protocol)
    if sensitivities is None:
        positions = (
            (np.arange(n) - (n - 1) / 2) * s
            for n, s in zip(water.shape[-2:], spacing_mm, strict=True)
        )
        sensitivities = coil_maps(*map(tuple, positions), protocol.n_coils)
    fat_hz = FAT_SHIFT_PPM * protocol.larmor_mhz
    slices = []
    for group in _slices(patient, len(water), protocol):
        data = encode(sensitivities * water[group].mean(0), spacing_mm, protocol)
        if fat is not None:
            slab = fat[group].mean(0)
            if protocol.sequence == "gradient_echo":  # no 180° pulse: fat keeps its lead
                slab = slab * np.exp(-2j * np.pi * fat_hz * protocol.te_ms / 1000)
            data += encode(sensitivities * slab, spacing_mm, protocol, fat_hz)
        slices.append(_with_noise(data, protocol, rng))
    return like(patient, np.stack(slices))


def reconstruct(data: np.ndarray, protocol: MRProtocol) -> np.ndarray:
    """Compute the image behind k-space: 0 stays where nothing was measured.

    Spokes are gridded: each sample counts as the area of k-space that it stands for. The
    images of the coils are combined by their root sum of squares.

    Parameters
    ----------
    data : ndarray, shape (coil, row, column) or (plane, coil, row, column)
        As `acquire` returns it, or measured.
    protocol : MRProtocol
        Settings of the scan.

    Returns
    -------
    ndarray of float32, shape (row, column) or (plane, row, column)
        Magnitude.

    Raises
    ------
    ValueError
        If the data do not fit the protocol.
    """
    data = np.asarray(data, np.complex64)
    radially = protocol.sampling == "radial"
    per_coil = protocol.points.shape[:2] if radially else tuple(protocol.matrix)
    if data.ndim not in (3, 4) or data.shape[-2:] != per_coil:
        raise ValueError(
            f"data have shape {data.shape}; this protocol's are (…, coil, "
            f"{per_coil[0]}, {per_coil[1]})"
        )
    if radially:
        spokes = data * radial.density_weights(protocol.points)
        fourier = radial.NonUniformFourier(protocol.points, protocol.matrix, data.shape[-3])
        images = [fourier.adjoint(one) for one in spokes.reshape(-1, *data.shape[-3:])]
        images = np.reshape(images, (*data.shape[:-2], *protocol.matrix))
    else:
        images = kspace.to_image(data)
    return root_sum_of_squares(images).astype(np.float32)


def scan(patient, protocol: MRProtocol | None = None, *, rng=None) -> Volume:
    """Acquire and reconstruct a patient, as `acquire` takes it: an MR volume."""
    protocol = protocol or MRProtocol()
    image = reconstruct(acquire(patient, protocol, rng=rng), protocol)
    spacing = (protocol.slice_thickness_mm, *protocol.pixel_mm)
    # As a radiographer would: the tissue inside is grey, and the fat under the skin, which
    # outshines it in many contrasts and would set the scale, may be white.
    rows, columns = (slice(n // 4, n - n // 4) for n in image.shape[-2:])
    inside = image[..., rows, columns]
    tissue = inside[inside > 0.2 * np.percentile(inside, 98)]
    middle, upper = np.percentile(tissue, [50, 75]) if tissue.size else (1.0, 1.0)
    white = float(max(1.8 * middle, 1.2 * upper))
    return Volume(image, spacing, unit="1", modality="MR", window=(white / 2, white))


def _magnetisation(patient, protocol):
    """Return the signal of water, of fat (or None), (plane, row, column), and the pixel."""
    if not is_patient(patient):
        signal = stacked(np.asarray(patient))
        signal = signal.astype(np.complex64 if np.iscomplexobj(signal) else np.float32)
        return signal, None, [f / n for f, n in zip(protocol.fov_mm, signal.shape[1:], strict=True)]
    signal = {name: tissue_signal(name, protocol) for name in patient.tissues}
    fat = {name: mr_tissue(name).fat for name in patient.tissues}
    left = FAT_LEFT if protocol.fat_saturation else 1.0
    water = patient.map({name: s * (1 - fat[name]) for name, s in signal.items()})
    greasy = patient.map({name: s * fat[name] * left for name, s in signal.items()})
    return water, greasy if greasy.any() else None, patient.spacing_mm[1:]


def _slices(patient, n_planes, protocol):
    """Group the planes that fall into one slice."""
    thick = 1
    if is_patient(patient):
        thick = max(1, min(n_planes, round(protocol.slice_thickness_mm / patient.spacing_mm[0])))
    return [slice(k, k + thick) for k in range(0, n_planes - thick + 1, thick)]


def _with_noise(data, protocol, rng):
    """Add thermal noise where there was a measurement."""
    if not protocol.noise_sigma:
        return data
    if protocol.sampling == "radial":  # read twice as fast, hence twice the bandwidth
        return noise.gaussian(data, protocol.noise_sigma * np.sqrt(2), rng)
    return noise.gaussian(data, protocol.noise_sigma, rng) * protocol.lines[:, None]
