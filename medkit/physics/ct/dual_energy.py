"""Dual-energy CT: two voltages tell what a material is made of, not only how dense it is.

Attenuation falls with energy faster in bone or iodine than in water. Two measurements
of each ray give two unknowns, the amounts of two materials on it; from these follows
the image at any single energy, without beam hardening.
"""

from collections.abc import Sequence

import numpy as np

from medkit.constants import attenuation_per_mm
from medkit.physics.ct.scanner import CTProtocol


def decompose(
    sinograms: Sequence[np.ndarray],
    protocols: Sequence[CTProtocol],
    *,
    materials: tuple[str, str] = ("water", "cortical_bone"),
    n_iterations: int = 6,
) -> np.ndarray:
    """Find the lengths of two materials that explain two line integrals on each ray.

    Solves −ln Σ_E w_k(E) e^{−μ₁(E)L₁ − μ₂(E)L₂} = p_k for both voltages k, by Newton's
    method, ray by ray.

    Parameters
    ----------
    sinograms : two ndarrays of one shape
        Sinograms at the two voltages, as `medkit.physics.ct.acquire` returns them.
    protocols : two CTProtocol
        Settings of each.
    materials : two names in `medkit.constants.TISSUES`
        What the patient is thought to be made of.
    n_iterations : int
        Newton steps.

    Returns
    -------
    ndarray, shape (2, …), float32
        Length of each material on each ray, in mm of its normal density. It may be
        negative: fat is less than its length of water, and minus a little bone.

    Raises
    ------
    ValueError
        If the two scans or the two materials cannot be told apart.

    References
    ----------
    Alvarez and Macovski, Phys. Med. Biol. 21 (1976) 733, doi:10.1088/0031-9155/21/5/002.
    """
    measured = np.stack([np.asarray(s, float) for s in sinograms])
    models = [_model(protocol, materials) for protocol in protocols]
    slopes = np.array([curves @ weights for curves, weights in models])
    if len(models) != 2 or np.linalg.cond(slopes) > 1e4:
        raise ValueError("the two scans see these materials alike; take voltages farther apart")
    rays = measured.reshape(2, -1)
    lengths = np.linalg.solve(slopes, rays)
    for _ in range(n_iterations):
        value, slope = zip(*(_signal(lengths, *model) for model in models), strict=True)
        (a, b), (c, d) = slope
        low, high = rays - np.array(value)
        lengths = lengths + np.stack([d * low - b * high, a * high - c * low]) / (a * d - b * c)
    return lengths.reshape(measured.shape).astype(np.float32)


def monoenergetic(
    lengths: np.ndarray, energy_kev: float, materials: tuple[str, str] = ("water", "cortical_bone")
) -> np.ndarray:
    """Return the amounts' attenuation at one energy, μ₁(E) L₁ + μ₂(E) L₂.

    Parameters
    ----------
    lengths : array_like, shape (2, …)
        Lengths in mm on each ray, or after reconstruction the density in each pixel,
        relative to the material's normal one.
    energy_kev : float
        Energy E: near 40 keV for contrast, near 100 keV against metal.
    materials : two names
        As in `decompose`.

    Returns
    -------
    ndarray, shape (…), float32
        A sinogram (or an image in 1/mm) free of beam hardening.
    """
    first, second = (attenuation_per_mm(name, energy_kev) for name in materials)
    return (first * lengths[0] + second * lengths[1]).astype(np.float32)


def _model(protocol, materials):
    """Return the materials' curves (material, energy) and the weights of the energies."""
    energy, weights = protocol.signal_spectrum
    return np.stack([attenuation_per_mm(name, energy) for name in materials]), weights


def _signal(lengths, curves, weights):
    """Return −ln Σ w e^{−Σ μ L} on each ray, and its slopes along both lengths."""
    value = np.empty(lengths.shape[1])
    slope = np.empty(lengths.shape)
    for start in range(0, value.size, 2048):  # blocks that stay in the processor's cache
        part = slice(start, start + 2048)
        signal = np.exp(-(lengths[:, part].T @ curves)) * weights
        total = signal.sum(axis=1)
        value[part] = -np.log(total)
        slope[:, part] = (signal @ curves.T / total[:, None]).T
    return value, slope
