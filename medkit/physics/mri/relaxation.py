"""What an MR scanner sees of a tissue: proton density, T1, T2, T2*, diffusion and fat.

T1 grows with a power of the field, T1 ∝ B₀^p (Bottomley et al. 1984,
doi:10.1118/1.595535), fitted to `MEASURED_T1_MS`, values of people. T2 is one number at all
fields: up to 3 T it differs less between fields than between methods.

Limits: no measurement of the brain between 0.05 and 1.5 T is in the fit, and outside the
brain none below 0.55 T. At 7 T the T2 of the brain is 47 ms, half of that here (Cox and
Gowland 2010, Magn. Reson. Med. 64, 1440).
"""

import tomllib
from dataclasses import dataclass
from importlib import resources

import numpy as np

#: Hz that fat precesses more slowly than water, a MHz of Larmor frequency: the main
#: (methylene) line of fat, doi:10.1002/jmri.21492.
FAT_SHIFT_PPM = -3.4
#: 1/s a tesla by which 1/T2* exceeds 1/T2, where the magnet is well shimmed. It gives the
#: T2* of grey and white matter at 1.5 T and 3 T within 11 % of Peters et al. (2007),
#: doi:10.1016/j.mri.2007.02.014.
R2_PRIME_PER_S_T = 1.5


@dataclass(frozen=True)
class MRTissue:
    """MR properties of one tissue.

    Parameters
    ----------
    density : float
        Density of the protons that give a signal, water = 1.
    t1_ms, t1_power : float
        T1 in ms at 3 T, and the power p of the field with which it grows.
    t2_ms : float
        T2 in ms.
    diffusion_mm2_s : float
        Apparent diffusion coefficient D, mean over all directions, mm²/s.
    fat : float
        Part of the signal that comes from fat, 0 to 1.
    source : str
        Where the numbers are from.
    """

    density: float
    t1_ms: float = 1000.0
    t1_power: float = 0.0
    t2_ms: float = 100.0
    diffusion_mm2_s: float = 0.0
    fat: float = 0.0
    source: str = ""

    def t1(self, field_t):
        """Return T1 in ms at a field in tesla: T1(3 T) · (B₀/3 T)^p."""
        return self.t1_ms * (np.asarray(field_t, dtype=float) / 3) ** self.t1_power

    def t2_star(self, field_t):
        """Return T2* in ms at a field in tesla: 1/T2* = 1/T2 + R2′ B₀."""
        return 1 / (1 / self.t2_ms + 1e-3 * R2_PRIME_PER_S_T * np.asarray(field_t))


_TABLE = tomllib.loads(
    resources.files("medkit.physics").joinpath("mri_tissues.toml").read_text("utf-8")
)

#: T1 in ms by tissue, as measured: (field in tesla, T1, source). `MRTissue.t1` is fitted to it.
MEASURED_T1_MS: dict[str, list] = _TABLE["measured_t1_ms"]
#: T2 in ms of the brain by tissue, likewise: (field in tesla, T2).
MEASURED_T2_MS: dict[str, list] = _TABLE["measured_t2_ms"]


def _tissues() -> dict[str, MRTissue]:
    known: dict[str, MRTissue] = {}
    for name, row in _TABLE["tissues"].items():
        source = row.get("source", "").format(**_TABLE["sources"])
        known[name] = known[row["as"]] if "as" in row else MRTissue(**row | {"source": source})
    return known


#: MR properties by tissue, under the names of `medkit.constants.TISSUES`.
MR_TISSUES: dict[str, MRTissue] = _tissues()


def mr_tissue(name: str) -> MRTissue:
    """Return the MR properties of a tissue.

    Parameters
    ----------
    name : str
        A key of `MR_TISSUES`.

    Returns
    -------
    MRTissue

    Raises
    ------
    KeyError
        If the table has no such tissue.

    Examples
    --------
    >>> round(float(mr_tissue("white_matter").t1(3.0)))
    855
    """
    if name not in MR_TISSUES:
        raise KeyError(f"no MR properties of {name!r}; there are: {', '.join(MR_TISSUES)}")
    return MR_TISSUES[name]
