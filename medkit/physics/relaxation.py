"""What an MR scanner sees of a tissue: proton density, T1, T2, T2*, diffusion and fat.

T1 and T2 were measured at 1.5 T and 3 T. Between and beyond, T1 follows a power
law of the field, T1 ∝ B₀^p (Bottomley et al. 1984, doi:10.1118/1.595535), fitted
through the two values, and so does T2, which hardly changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

STANISZ = "Stanisz et al. (2005), doi:10.1002/mrm.20605"
BAZELAIRE = "de Bazelaire et al. (2004), doi:10.1148/radiol.2303021331"
ROONEY = "Rooney et al. (2007), doi:10.1002/mrm.21122"
SPIJKERMAN = "Spijkerman et al. (2018), doi:10.1007/s10334-017-0659-3"
RAKOW = "Rakow-Penner et al., J. Magn. Reson. Imaging 23 (2006) 87"
PIERPAOLI = "diffusion: Pierpaoli et al. (1996), doi:10.1148/radiology.201.3.8939209"
KWAN = "proton density: Kwan et al. (1999), doi:10.1109/42.816072"

#: Hz that fat precesses more slowly than water, a MHz of Larmor frequency: the main
#: (methylene) line of fat, doi:10.1002/jmri.21492.
FAT_SHIFT_PPM = -3.4
#: 1/s a tesla by which 1/T2* exceeds 1/T2, where the magnet is well shimmed. It gives the
#: T2* of grey and white matter at 1.5 T and 3 T within 8 % of Peters et al. (2007),
#: doi:10.1016/j.mri.2007.02.014.
R2_PRIME_PER_S_T = 1.5


@dataclass(frozen=True)
class MRTissue:
    """MR properties of one tissue.

    Parameters
    ----------
    density : float
        Density of the protons that give a signal, water = 1.
    t1_ms, t2_ms : tuple of float
        Relaxation times in ms, at 1.5 T and at 3 T.
    diffusion_mm2_s : float
        Apparent diffusion coefficient D, mean over all directions, mm²/s.
    fat : float
        Part of the signal that comes from fat, 0 to 1.
    source : str
        Where the numbers are from.
    """

    density: float
    t1_ms: tuple[float, float] = (1000.0, 1000.0)
    t2_ms: tuple[float, float] = (100.0, 100.0)
    diffusion_mm2_s: float = 0.0
    fat: float = 0.0
    source: str = ""

    def t1(self, field_t):
        """Return T1 in ms at a field strength in tesla."""
        return _power_law(self.t1_ms, field_t)

    def t2(self, field_t):
        """Return T2 in ms at a field strength in tesla."""
        return _power_law(self.t2_ms, field_t)

    def t2_star(self, field_t):
        """Return T2* in ms at a field strength in tesla: 1/T2* = 1/T2 + R2′ B₀."""
        return 1 / (1 / self.t2(field_t) + 1e-3 * R2_PRIME_PER_S_T * np.asarray(field_t))


def _power_law(values, field_t):
    at_1_5, at_3 = values
    return at_1_5 * (np.asarray(field_t, dtype=float) / 1.5) ** np.log2(at_3 / at_1_5)


_SILENT = MRTissue(0.0, source="no mobile protons")
_WATER = MRTissue(1.0, (4300, 4300), (2000, 2000), 3.0e-3, 0, f"{ROONEY}; {SPIJKERMAN}")
_GREY = MRTissue(0.86, (1124, 1820), (95, 99), 0.8e-3, 0, f"{STANISZ}; {PIERPAOLI}; {KWAN}")
_WHITE = MRTissue(0.77, (884, 1084), (72, 69), 0.7e-3, 0, f"{STANISZ}; {PIERPAOLI}; {KWAN}")
_FAT = MRTissue(1.0, (343, 382), (58, 68), 0.05e-3, 0.95, f"{BAZELAIRE}; {KWAN}")
_MUSCLE = MRTissue(0.8, (1008, 1412), (44, 50), 1.5e-3, 0, STANISZ)
_BLOOD = MRTissue(0.85, (1441, 1932), (290, 275), 1.5e-3, 0, STANISZ)
_MARROW = MRTissue(0.85, (549, 586), (49, 49), 0.3e-3, 0.5, BAZELAIRE)

#: MR properties by tissue, under the names of `medkit.constants.TISSUES`.
MR_TISSUES: dict[str, MRTissue] = {
    "air": _SILENT,
    "water": _WATER,
    "csf": _WATER,
    "grey_matter": _GREY,
    "white_matter": _WHITE,
    "brain": MRTissue(0.81, (1004, 1452), (83, 84), 0.75e-3, 0, "mean of grey and white matter"),
    "infarct": MRTissue(
        0.92, (1350, 2050), (125, 125), 0.45e-3, 0,
        "acute: swollen grey matter; diffusion Purushotham et al., Int. J. Stroke 10 (2015) 348",
    ),
    "blood_clot": MRTissue(
        0.8, (1300, 1700), (38, 28), 0.6e-3, 0,
        "first days, deoxyhaemoglobin: Bradley (1993), doi:10.1148/radiology.189.1.8372185",
    ),
    "blood": _BLOOD,
    "blood_iodine": _BLOOD,
    "adipose": _FAT,
    "scalp": MRTissue(0.85, (400, 450), (50, 55), 0.3e-3, 0.7, "fat under skin, " + BAZELAIRE),
    "skin": MRTissue(0.7, (900, 1100), (35, 35), 0.8e-3, 0, "near muscle; no single source"),
    "muscle": _MUSCLE,
    "soft_tissue": _MUSCLE,
    "heart": MRTissue(0.8, (1030, 1471), (40, 47), 1.5e-3, 0, STANISZ),
    "liver": MRTissue(0.75, (576, 812), (46, 42), 1.1e-3, 0, STANISZ),
    "cartilage": MRTissue(0.7, (1024, 1168), (30, 27), 1.3e-3, 0, STANISZ),
    "breast": MRTissue(0.8, (1266, 1445), (58, 54), 1.8e-3, 0.1, RAKOW),
    "fibrous": MRTissue(0.7, (1000, 1200), (45, 42), 1.5e-3, 0, "near muscle; no single source"),
    "fibroadenoma": MRTissue(
        0.85, (1100, 1350), (85, 80), 1.5e-3, 0, "rich in water; no single source"
    ),
    "carcinoma": MRTissue(0.85, (1000, 1300), (75, 70), 0.95e-3, 0, "dense; no single source"),
    "nodule": MRTissue(0.85, (1100, 1400), (80, 75), 1.1e-3, 0, "soft tissue; no single source"),
    "lung": MRTissue(0.2, (1200, 1300), (2, 1.5), 1.5e-3, 0, "order of size; no single source"),
    "lung_inspired": MRTissue(0.13, (1200, 1300), (2, 1.5), 1.5e-3, 0, "lung, more air"),
    "lung_collapsed": MRTissue(0.8, (1100, 1300), (60, 60), 1.3e-3, 0, "lung without air"),
    "eye_lens": MRTissue(0.6, (900, 1100), (25, 22), 0.8e-3, 0, "order of size; no single source"),
    "spongy_bone": _MARROW,
    # The tables of the skull are silent; what signal there is comes from the marrow between.
    "cranium": MRTissue(0.12, (549, 586), (49, 49), 0.3e-3, 0.5, "mostly silent; " + BAZELAIRE),
    "cortical_bone": MRTissue(0.02, (250, 250), (0.5, 0.5), 0, 0, "no single source"),
    "calcification": MRTissue(0.1, (300, 300), (1, 1), 0, 0, "as cortical bone, porous"),
}  # fmt: skip
MR_TISSUES |= dict.fromkeys(
    ("aluminium", "copper", "tin", "tungsten", "titanium", "iron", "steel", "amalgam"), _SILENT
)
MR_TISSUES |= dict.fromkeys(("pmma", "polyethylene", "teflon"), _SILENT)


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
    1084
    """
    if name not in MR_TISSUES:
        raise KeyError(f"no MR properties of {name!r}; there are: {', '.join(MR_TISSUES)}")
    return MR_TISSUES[name]


def property_maps(names: Iterable[str], field_t: float) -> dict[str, dict[str, float]]:
    """List T1, T2, T2* (ms), proton density and diffusion of several tissues, for `map`.

    Parameters
    ----------
    names : iterable of str
        Keys of `MR_TISSUES`, for example ``patient.tissues``.
    field_t : float
        Field strength in tesla.

    Returns
    -------
    dict of dict
        Property → tissue → value: each inner dict fits `Patient.map`.
    """
    tissues = {name: mr_tissue(name) for name in names}
    return {
        "density": {n: t.density for n, t in tissues.items()},
        "t1_ms": {n: float(t.t1(field_t)) for n, t in tissues.items()},
        "t2_ms": {n: float(t.t2(field_t)) for n, t in tissues.items()},
        "t2_star_ms": {n: float(t.t2_star(field_t)) for n, t in tissues.items()},
        "diffusion_mm2_s": {n: t.diffusion_mm2_s for n, t in tissues.items()},
    }
