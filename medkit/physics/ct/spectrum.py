"""X-ray spectra: which photons leave the tube, and which the detector counts how much."""

from functools import lru_cache

import numpy as np

from medkit.constants import attenuation_per_mm

#: Width of the energy bins in keV: fine enough to show the K lines, few enough to be quick.
STEP_KEV = 3.0
#: Photons per mm², keV and mAs at 1 m in Kramers' law, fitted to SpekPy 2.5 (12° anode, 80 to
#: 140 kVp; doi:10.1002/mp.14945): behind 7 mm of aluminium mean energies agree to 0.8 keV and
#: numbers to 12 %, behind 2.5 mm to 1.3 keV and 14 %.
KRAMERS_PHOTONS = 6.26e4
#: Micrometres of tungsten that the photons cross on their way out of the anode, at 120 kV:
#: faster electrons go deeper, in proportion to the voltage. With this half-value layers are
#: within 3 % of those measured behind 2.5 mm of aluminium, 40 to 150 kV (see the test).
ANODE_UM = 6.7
#: Energy (keV) and share of tungsten's K lines, which need more than `K_EDGE_KEV`:
#: https://doi.org/10.18434/T4859Z
K_LINES = ((57.98, 0.28), (59.32, 0.50), (67.24, 0.17), (69.07, 0.05))
K_EDGE_KEV = 69.525
#: Photons in the lines over those in 1 keV of the continuum's scale, fitted likewise.
LINE_STRENGTH = 8.0
#: Error of a tissue's curve, relative, root mean square over the signal. Behind 400 mm of
#: water it is 0.6 HU for fat and less for the rest of the body.
BASIS_ERROR = 1.5e-3


def energies(tube_voltage_kvp: float) -> np.ndarray:
    """Return the centres, in keV, of the energy bins of a tube's spectrum.

    >>> energies(120.0)[[0, -1]]
    array([ 11.5, 119.5])
    """
    return np.arange(10 + STEP_KEV / 2, tube_voltage_kvp, STEP_KEV)


def bremsstrahlung(energy_kev: np.ndarray, tube_voltage_kvp: float) -> np.ndarray:
    """Return Kramers' law, N(E) ∝ E₀/E − 1: the photons of electrons that are slowed down.

    Parameters
    ----------
    energy_kev : ndarray
        Photon energies E.
    tube_voltage_kvp : float
        Tube voltage; no photon has more than E₀ = e·U.

    Returns
    -------
    ndarray
        Photons per mm², mAs and keV at 1 m, before anything is in the way.

    References
    ----------
    Kramers, Phil. Mag. 46 (1923) 836, doi:10.1080/14786442308565244.
    """
    return KRAMERS_PHOTONS * np.maximum(tube_voltage_kvp / energy_kev - 1, 0)


def characteristic(energy_kev: np.ndarray, tube_voltage_kvp: float) -> np.ndarray:
    """Return tungsten's K lines, of strength (U/E_K − 1)^1.63, each in its energy bin.

    Parameters, unit and place are those of `bremsstrahlung`.

    References
    ----------
    Green and Cosslett, Proc. Phys. Soc. 78 (1961) 1206.
    """
    lines = np.zeros_like(energy_kev)
    over = tube_voltage_kvp / K_EDGE_KEV - 1
    if over > 0:
        for line, share in K_LINES:
            lines[np.argmin(np.abs(energy_kev - line))] += share / STEP_KEV
    return KRAMERS_PHOTONS * LINE_STRENGTH * max(over, 0) ** 1.63 * lines


@lru_cache(maxsize=32)
def tube_spectrum(
    tube_voltage_kvp: float, filtration_mm_al: float = 7.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the photons that leave an X-ray tube with a tungsten anode, by energy.

    N(E) = (bremsstrahlung + K lines) · e^{−μ_W d} · e^{−μ_Al t}: what the anode makes,
    less what the anode itself (d ∝ U) and the filter take away.

    Parameters
    ----------
    tube_voltage_kvp : float
        Tube voltage, 30 to 150.
    filtration_mm_al : float
        All that is between anode and patient, in mm of aluminium.

    Returns
    -------
    energy_kev : ndarray, shape (bin,)
    photons : ndarray, shape (bin,)
        Photons per mm² and mAs at 1 m in each bin (not per keV).

    Raises
    ------
    ValueError
        If the voltage is outside 30 to 150 kV or the filter is negative.

    Examples
    --------
    >>> energy, photons = tube_spectrum(120.0)
    >>> round(float(np.average(energy, weights=photons)))
    60
    """
    if not 30 <= tube_voltage_kvp <= 150:
        raise ValueError(f"tube voltage is {tube_voltage_kvp} kV; give 30 to 150")
    if filtration_mm_al < 0:
        raise ValueError(f"filtration is {filtration_mm_al} mm of aluminium; give 0 or more")
    energy = energies(tube_voltage_kvp)
    photons = bremsstrahlung(energy, tube_voltage_kvp) + characteristic(energy, tube_voltage_kvp)
    depth_um = ANODE_UM * (tube_voltage_kvp / 120)
    photons = photons * np.exp(-attenuation_per_mm("tungsten", energy) * depth_um / 1000)
    photons = photons * np.exp(-attenuation_per_mm("aluminium", energy) * filtration_mm_al)
    energy.flags.writeable = photons.flags.writeable = False  # shared by the cache
    return energy, photons * STEP_KEV


def transmission(paths: np.ndarray, curves: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return Beer and Lambert's law for many energies, I/I₀ = Σ_E w(E) e^{−Σ_m μ_m(E) L_m}.

    Parameters
    ----------
    paths : ndarray, shape (material, …)
        Amount L_m of each material on each ray (a length, if μ_m is per length).
    curves : ndarray, shape (material, energy)
        Attenuation μ_m(E) of each.
    weights : ndarray, shape (energy,)
        Share w(E) of the signal that each energy has without a patient; sums to 1.

    Returns
    -------
    ndarray, shape (…), float32

    Examples
    --------
    >>> transmission(np.array([[0.0, 10.0]]), np.array([[0.1]]), np.array([1.0])).round(4)
    array([1.    , 0.3679], dtype=float32)
    """
    curves, weights = np.asarray(curves, np.float32), np.asarray(weights, np.float32)
    rays = np.asarray(paths, np.float32).reshape(len(curves), -1)
    out = np.empty(rays.shape[1], np.float32)
    for start in range(0, rays.shape[1], 2048):  # blocks that stay in the processor's cache
        part = slice(start, start + 2048)
        out[part] = np.exp(-(rays[:, part].T @ curves)) @ weights
    return out.reshape(np.shape(paths)[1:])


@lru_cache(maxsize=64)
def attenuation_basis(
    tissues: tuple[str, ...], energy_kev: tuple[float, ...], weights: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Write many tissues' attenuation curves as mixtures of a few: μ_t(E) = Σ_m c_tm b_m(E).

    Photoelectric effect and Compton scattering explain nearly all of it, so two curves do
    for any number of tissues, and three with iodine or a metal: as few projections are
    needed. They are the leading ones of a singular value decomposition.

    Parameters
    ----------
    tissues : tuple of str
        Names in `medkit.constants.TISSUES`.
    energy_kev, weights : tuple of float
        Energies, and the share of the signal that each has; accuracy goes where signal is.

    Returns
    -------
    amounts : ndarray, shape (material, tissue), float32
    curves : ndarray, shape (material, energy)
        As many as it takes for an error below `BASIS_ERROR`.

    References
    ----------
    Alvarez and Macovski, Phys. Med. Biol. 21 (1976) 733, doi:10.1088/0031-9155/21/5/002.
    """
    mu = np.stack([attenuation_per_mm(tissue, np.array(energy_kev)) for tissue in tissues])
    share = np.array(weights) / np.sum(weights)
    scale = np.maximum(mu @ share, 0.02)[:, None]  # what is thinner than water counts as water
    left, size, right = np.linalg.svd(mu / scale * np.sqrt(share), full_matrices=False)
    for rank in range(1, len(size) + 1):
        missing = np.sqrt(((left[:, rank:] * size[rank:]) ** 2).sum(axis=1))
        if missing.max(initial=0) < BASIS_ERROR:
            break
    # Where a thick filter leaves nothing, rounding errors would be blown up until they overflow.
    curves = np.where(share > 1e-30, right[:rank] / np.sqrt(share), 0)
    return (left[:, :rank] * size[:rank] * scale).T.astype(np.float32), curves
