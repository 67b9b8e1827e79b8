"""Coincidences: what a PET scanner counts, true pairs, scattered ones and random ones."""

from dataclasses import dataclass, replace

import numpy as np

from medkit.physics.pet.scanner import AXIAL_FIELD_MM, PETProtocol

#: Standard deviation, mm, of how far scattered lines miss the true ones.
SCATTER_SIGMA_MM = 90.0
#: Single photons that the whole ring sees for one decay in it, inside a patient.
SINGLES_PER_DECAY = 0.2
#: Blocks of crystals around the ring, each with a read-out of its own: a teaching value.
BLOCKS = 200


@dataclass(frozen=True, eq=False)
class Coincidences:
    """What a PET scanner counted, and what is known to correct it with.

    Every array has the shape (view, bin) or (plane, view, bin), or broadcasts to it.

    Parameters
    ----------
    prompts : ndarray
        Counted coincidences: true, scattered and random ones cannot be told apart.
    randoms, scatter : ndarray
        Mean counts of either kind, as a delayed window and a scatter model tell them.
    attenuation : ndarray
        Part of the pairs that leaves the patient, e^{−∫μ dl}, from the CT.
    """

    prompts: np.ndarray
    randoms: np.ndarray
    scatter: np.ndarray
    attenuation: np.ndarray

    @property
    def background(self) -> np.ndarray:
        """Mean counts that do not come from where their line says."""
        return self.randoms + self.scatter

    def scaled(self, factor: float) -> "Coincidences":
        """Return these means for a scan so many times as long."""
        names = "prompts", "randoms", "scatter"
        return replace(self, **{name: np.float32(factor) * getattr(self, name) for name in names})

    def without(self, *corrections: str) -> "Coincidences":
        """Return the same counts as if nothing were known of these corrections.

        Parameters
        ----------
        *corrections : str
            "randoms", "scatter" or "attenuation".
        """
        neutral = {"randoms": 0.0, "scatter": 0.0, "attenuation": 1.0}
        return replace(self, **{name: np.float32(neutral[name]) for name in corrections})


def scatter(trues: np.ndarray, protocol: PETProtocol) -> np.ndarray:
    """Return the mean scattered counts: the true ones, smeared over the detector.

    A photon that scatters (Compton) leaves its line, so scattered coincidences have
    hardly any structure. Here each view's true counts are spread by a Gaussian that is
    as wide as a body, and their number follows from the scatter fraction.

    Parameters
    ----------
    trues : ndarray, shape (…, view, bin)
    protocol : PETProtocol

    Returns
    -------
    ndarray of float32, shape of `trues`

    Notes
    -----
    Real scatter depends on where the matter is; scanners compute it from the CT
    (single scatter simulation, doi:10.1088/0031-9155/41/1/012).

    References
    ----------
    Bailey and Meikle, Phys. Med. Biol. 39 (1994) 411, doi:10.1088/0031-9155/39/3/009.
    """
    at = np.arange(trues.shape[-1]) * protocol.detector_spacing_mm
    spread = np.exp(-0.5 * ((at - at[:, None]) / SCATTER_SIGMA_MM) ** 2)
    spread /= spread.sum(1, keepdims=True)  # all that scatters is caught by some bin
    ratio = protocol.scatter_fraction / (1 - protocol.scatter_fraction)
    return trues @ (ratio * spread).astype(np.float32)


def randoms(decays_per_s, protocol: PETProtocol, shape: tuple[int, ...]) -> np.ndarray:
    """Return the mean random counts: photons of two decays that arrive together.

    The ring sees S singles a second. Two of them count as a pair if they arrive less than τ
    apart, in either order, so in a window 2τ wide: crystals with S₁ and S₂ singles give
    R = 2τ S₁S₂, and all the S²/2 pairs of photons together R = τ S². Twice the activity
    gives twice the trues but four times the randoms.

    Parameters
    ----------
    decays_per_s : array_like, shape (plane,)
        Activity of each plane in Bq; the ring's other planes are taken to hold as much.
    protocol : PETProtocol
    shape : tuple of int
        Shape (plane, view, bin) of the sinograms, over which they spread evenly.

    Returns
    -------
    ndarray of float32, shape `shape`
    """
    planes = AXIAL_FIELD_MM / protocol.slice_thickness_mm
    singles = SINGLES_PER_DECAY * np.asarray(decays_per_s) * planes
    tau_s = 0.5e-9 * protocol.window_ns
    pairs_per_s = tau_s * singles**2 / planes
    level = pairs_per_s * protocol.seconds / (shape[-2] * shape[-1])
    return np.broadcast_to(level.astype(np.float32)[:, None, None], shape)


def count_rates(at_one, dose_mbq, window_ns: float = 4.9, dead_time_us: float = 0.0) -> dict:
    """Return counts a second in the whole ring, by kind, and the noise-equivalent ones.

    Trues and scatter go with the dose, randoms with its square and with the window. A
    block that is blind for τ after each photon keeps e^{−sτ} of s photons a second, and
    a pair needs two blocks.

    Parameters
    ----------
    at_one : tuple of float
        Trues, scatter, randoms and singles a second in the ring at 1 MBq and 1 ns.
    dose_mbq : float or array_like
        Activity injected.
    window_ns, dead_time_us : float
        Width of the coincidence window; τ.

    Returns
    -------
    dict of str to ndarray
        "trues" T, "scatter" S, "randoms" R, and "noise-equivalent", T²/(T + S + R).

    Examples
    --------
    >>> found = count_rates((100.0, 50.0, 1.0, 0.0), 10.0, window_ns=5.0)
    >>> {kind: float(rate) for kind, rate in found.items()}
    {'trues': 1000.0, 'scatter': 500.0, 'randoms': 500.0, 'noise-equivalent': 500.0}
    """
    trues, scattered, random, singles = at_one
    dose = np.asarray(dose_mbq, dtype=float)
    live = np.exp(-2 * dead_time_us * 1e-6 * dose * singles / BLOCKS)
    found = {
        "trues": live * dose * trues,
        "scatter": live * dose * scattered,
        "randoms": live * dose**2 * window_ns * random,
    }
    return found | {"noise-equivalent": found["trues"] ** 2 / sum(found.values())}
