"""Magnetic resonance imaging: from the spins of a patient to the picture of a slice.

    patient ─▶ signal of each tissue ─▶ coils ─▶ Fourier encoding ─▶ noise ─▶ k-space
    k-space ─▶ inverse Fourier, SENSE, GRAPPA, compressed sensing … ─▶ magnitude image

`acquire` goes the first line, `reconstruct` the second, `scan` both. k-space is complex64,
(coil, row, column) or (coil, spoke, sample), with planes in front if there are several.
"""

import numpy as np

from medkit.image import Volume
from medkit.physics import noise
from medkit.physics.linear.reconstruction import conjugate_gradient
from medkit.physics.mri import coils, kspace, parallel, radial
from medkit.physics.mri.artefacts import distort
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
from medkit.physics.mri.sparse import compressed_sensing
from medkit.physics.subject import is_patient, like, stacked


def acquire(
    patient,
    protocol: MRProtocol | None = None,
    *,
    rng=None,
    sensitivities: np.ndarray | None = None,
    off_resonance_hz: np.ndarray | None = None,
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
    off_resonance_hz : ndarray, shape (plane, row, column) or broadcast to it, optional
        Error of the main field. It shifts the signal along the read-out.

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
    if off_resonance_hz is not None:
        field = np.broadcast_to(np.asarray(off_resonance_hz, np.float32), water.shape)
        water = _dephase_and_shift(water, field, spacing_mm, protocol)
        fat = None if fat is None else _dephase_and_shift(fat, field, spacing_mm, protocol)
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


def reconstruct(
    data: np.ndarray,
    protocol: MRProtocol,
    *,
    method: str | None = None,
    sensitivities: np.ndarray | None = None,
    **options,
) -> np.ndarray:
    """Compute the image behind k-space.

    Parameters
    ----------
    data : ndarray, shape (coil, row, column) or (plane, coil, row, column)
        As `acquire` returns it, or measured.
    protocol : MRProtocol
        Settings of the scan.
    method : str, optional
        One of `METHODS`; "fourier", or "gridding" for radial data, if not given.
    sensitivities : ndarray, shape (coil, row, column), optional
        Known coils. Without them "sense", "cg_sense" and "sparse" estimate them from the
        middle of k-space, and the others combine coils by root sum of squares.
    **options
        Passed on to the method, such as ``n_iterations`` or ``weight``.

    Returns
    -------
    ndarray of float32, shape (row, column) or (plane, row, column)
        Magnitude.

    Raises
    ------
    ValueError
        If the data do not fit the protocol, or there is no such method.
    """
    data = np.asarray(data, np.complex64)
    radially = protocol.sampling == "radial"
    per_coil = protocol.points.shape[:2] if radially else tuple(protocol.matrix)
    if data.ndim not in (3, 4) or data.shape[-2:] != per_coil:
        raise ValueError(
            f"data have shape {data.shape}; this protocol's are (…, coil, "
            f"{per_coil[0]}, {per_coil[1]})"
        )
    method = method or ("gridding" if radially else "fourier")
    fits = RADIAL_METHODS if radially else CARTESIAN_METHODS
    if method not in fits:
        raise ValueError(f"method is {method!r}; for this sampling choose {', '.join(fits)}")
    images = [
        np.abs(fits[method](one, protocol, sensitivities, **options))
        for one in data.reshape(-1, *data.shape[-3:])
    ]
    return np.stack(images).reshape(*data.shape[:-3], *protocol.matrix).astype(np.float32)


def scan(
    patient, protocol: MRProtocol | None = None, *, rng=None, off_resonance_hz=None, **options
) -> Volume:
    """Acquire and reconstruct a patient: an MR volume.

    Parameters are those of `acquire`; `options` go to `reconstruct`.
    """
    protocol = protocol or MRProtocol()
    data = acquire(patient, protocol, rng=rng, off_resonance_hz=off_resonance_hz)
    image = reconstruct(data, protocol, **options)
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


def _dephase_and_shift(signal, field_hz, spacing_mm, protocol):
    """Apply a field error: a phase where nothing refocuses it, and a shift along the columns."""
    if protocol.sequence == "gradient_echo":
        turns = field_hz * (protocol.te_ms / 1000)
        signal = signal * np.exp(-2j * np.pi * turns).astype(np.complex64)
    pixels = field_hz / protocol.bandwidth_hz * (protocol.pixel_mm[1] / spacing_mm[1])
    return distort(signal, pixels)


def _with_noise(data, protocol, rng):
    """Add thermal noise where there was a measurement."""
    if not protocol.noise_sigma:
        return data
    if protocol.sampling == "radial":  # read twice as fast, hence twice the bandwidth
        return noise.gaussian(data, protocol.noise_sigma * np.sqrt(2), rng)
    return noise.gaussian(data, protocol.noise_sigma, rng) * protocol.lines[:, None]


def _maps(data, protocol, sensitivities):
    """Return the coils: those given, or an estimate from the complete middle of k-space."""
    if sensitivities is not None:
        return sensitivities
    lines = protocol.lines
    around = np.flatnonzero(~lines) - protocol.matrix[0] // 2
    complete = 2 * int(np.abs(around).min(initial=protocol.matrix[0] // 2))
    if complete < 8:
        raise ValueError(
            f"only {complete} complete lines in the middle of k-space: too few to learn the "
            "coils from; raise calibration_lines, or give sensitivities"
        )
    return coils.estimate_sensitivities(data, min(complete, 32))


def _combined(images, sensitivities):
    if sensitivities is None:
        return coils.root_sum_of_squares(images)
    return coils.combine(images, sensitivities)


def _fourier(data, protocol, sensitivities):
    """Zeros stay where nothing was measured."""
    return _combined(kspace.to_image(data), sensitivities)


def _homodyne(data, protocol, sensitivities):
    maps = None if sensitivities is None else np.abs(sensitivities)  # the phase is removed
    return _combined(kspace.homodyne(data, protocol.lines), maps)


def _sense(data, protocol, sensitivities, **options):
    maps = _maps(data, protocol, sensitivities)
    step = int(protocol.acceleration)
    on_grid = (np.arange(protocol.matrix[0]) - protocol.matrix[0] // 2) % step == 0
    images = kspace.to_image(data * on_grid[:, None])
    return parallel.unfold(images, maps, step, **options)


def _grappa(data, protocol, sensitivities, **options):
    filled = parallel.grappa(data, protocol.lines, int(protocol.acceleration), **options)
    return _combined(kspace.to_image(filled), sensitivities)


def _cartesian(data, protocol, sensitivities):
    fourier = kspace.CartesianFourier(protocol.lines, protocol.matrix, len(data))
    return fourier @ coils.Coils(_maps(data, protocol, sensitivities))


def _cg_sense(data, protocol, sensitivities, *, n_iterations=10, damping=1e-3):
    operator = _cartesian(data, protocol, sensitivities)
    return conjugate_gradient(data, operator, n_iterations=n_iterations, damping=damping)


def _sparse(data, protocol, sensitivities, **options):
    maps = _maps(data, protocol, sensitivities)
    operator = _cartesian(data, protocol, maps)
    power = float((np.abs(maps) ** 2).sum(axis=0).max())
    return compressed_sensing(data, operator, **{"gain": power, **options})


def _gridding(data, protocol, sensitivities):
    fourier = radial.NonUniformFourier(protocol.points, protocol.matrix, len(data))
    weights = radial.density_weights(protocol.points)
    return _combined(fourier.adjoint(data * weights), sensitivities)


def _radial_cg(data, protocol, sensitivities, *, n_iterations=10, damping=1e-3):
    fourier = radial.NonUniformFourier(protocol.points, protocol.matrix, len(data))
    if sensitivities is None:
        gridded = fourier.adjoint(data * radial.density_weights(protocol.points))
        sensitivities = coils.estimate_sensitivities(kspace.to_kspace(gridded))
    operator = fourier @ coils.Coils(sensitivities)
    # Weigh the damping against ‖A‖², which spokes make large in the middle of k-space.
    damping = damping * float(np.abs(protocol.points[..., 0]).size / np.prod(protocol.matrix))
    return conjugate_gradient(data, operator, n_iterations=n_iterations, damping=damping)


#: Methods by name, each for one kind of sampling.
CARTESIAN_METHODS = {
    "fourier": _fourier,
    "homodyne": _homodyne,
    "sense": _sense,
    "grappa": _grappa,
    "cg_sense": _cg_sense,
    "sparse": _sparse,
}
RADIAL_METHODS = {"gridding": _gridding, "cg_sense": _radial_cg}
METHODS = tuple(dict.fromkeys([*CARTESIAN_METHODS, *RADIAL_METHODS]))
