"""What an MR scanner sees of a tissue: proton density, T1, T2, T2*, diffusion and fat.

T1 grows with a power of the field, T1 ∝ B₀^p (Bottomley et al. 1984,
doi:10.1118/1.595535), fitted to `MEASURED_T1_MS`, values of people. T2 is one number at all
fields: up to 3 T it differs less between fields than between methods.

Limits: no measurement of the brain between 0.05 and 1.5 T is in the fit, and outside the
brain none below 0.55 T. At 7 T the T2 of the brain is 47 ms, half of that here (Cox and
Gowland 2010, Magn. Reson. Med. 64, 1440).
"""

from dataclasses import dataclass

import numpy as np

# Measured in living people, unless it says otherwise.
BAZELAIRE = "T1, T2: de Bazelaire et al. (2004), doi:10.1148/radiol.2303021331"
CAMPBELL = "T1 at 0.55 T: Campbell-Washburn et al. (2019), doi:10.1148/radiol.2019190452"
GOLD = "T1, T2: Gold et al. (2004), doi:10.2214/ajr.183.2.1830343"
HEART = "T1, T2 at 3 T: von Knobelsdorff-Brenkenhoff et al. (2013), doi:10.1186/1532-429X-15-53"
MARQUES = "T1: Marques et al. (2010), doi:10.1016/j.neuroimage.2009.10.002"
OREILLY = "T1 at 50 mT: O'Reilly and Webb (2021), doi:10.1002/mrm.29009"
RAKOW = "T1, T2: Rakow-Penner et al., J. Magn. Reson. Imaging 23 (2006) 87"
ROONEY = "T1: Rooney et al. (2007), doi:10.1002/mrm.21122"
SPIJKERMAN = "T2: Spijkerman et al. (2018), doi:10.1007/s10334-017-0659-3"
STANISZ = "T1, T2: Stanisz et al. (2005), doi:10.1002/mrm.20605 (human, in a tube at 37 °C)"
WANSAPURA = "T1, T2 at 3 T: Wansapura et al. (1999), J. Magn. Reson. Imaging 9, 531"
WRIGHT = "T1: Wright et al. (2008), doi:10.1007/s10334-008-0104-8"
BRAIN_T2 = "T2: see MEASURED_T2_MS"
PIERPAOLI = "diffusion: Pierpaoli et al. (1996), doi:10.1148/radiology.201.3.8939209"
KWAN = "proton density: Kwan et al. (1999), doi:10.1109/42.816072"
#: Mass of water in a litre of the tissue, kg: its share of Woodard and White times its density.
WATER = "proton density: water in Woodard and White (1986), doi:10.1259/0007-1285-59-708-1209"

#: T1 in ms by tissue, as measured: field in tesla, T1, source. `MRTissue.t1` is fitted to it.
MEASURED_T1_MS = {
    "grey_matter": (
        (0.05, 327, OREILLY), (1.5, 1197, WRIGHT), (1.5, 1188, ROONEY), (3, 1607, WRIGHT),
        (3, 1331, WANSAPURA), (3, 1350, MARQUES), (7, 1939, WRIGHT), (7, 1920, MARQUES),
        (7, 2130, ROONEY),
    ),
    "white_matter": (
        (0.05, 275, OREILLY), (1.5, 646, WRIGHT), (1.5, 656, ROONEY), (3, 838, WRIGHT),
        (3, 832, WANSAPURA), (3, 810, MARQUES), (7, 1126, WRIGHT), (7, 1150, MARQUES),
        (7, 1220, ROONEY),
    ),
    "adipose": (
        (0.55, 187, CAMPBELL), (1.5, 343, BAZELAIRE), (1.5, 296, RAKOW), (3, 382, BAZELAIRE),
        (3, 367, RAKOW),
    ),
    "muscle": ((1.5, 1130, GOLD), (3, 1420, GOLD)),
    "blood": ((0.55, 1122, CAMPBELL), (1.5, 1441, STANISZ), (3, 1932, STANISZ)),
    "heart": ((0.55, 701, CAMPBELL), (3, 1170, HEART)),
    "liver": ((1.5, 586, BAZELAIRE), (3, 809, BAZELAIRE)),
    "cartilage": ((1.5, 1060, GOLD), (3, 1240, GOLD)),
    "spongy_bone": ((1.5, 549, BAZELAIRE), (3, 586, BAZELAIRE)),
    "breast": ((1.5, 1266, RAKOW), (3, 1445, RAKOW)),
}  # fmt: skip
#: T2 in ms of the brain, likewise: Whittall et al. (1997, Magn. Reson. Med. 37, 34), Cox and
#: Gowland (2010, ibid. 64, 1440; frontal grey matter), Wansapura, Lu et al. (2005, J. Magn.
#: Reson. Imaging 22, 13).
MEASURED_T2_MS = {
    "grey_matter": ((1.5, 80), (1.5, 87), (3, 76), (3, 110), (3, 83)),
    "white_matter": ((1.5, 77), (1.5, 80), (3, 71), (3, 79), (3, 75)),
}

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


_SILENT = MRTissue(0.0, source="no mobile protons")
_WATER = MRTissue(1.0, 4300, 0, 2000, 3.0e-3, 0, f"{ROONEY}; {SPIJKERMAN}")
_GREY = MRTissue(
    0.86,
    1464,
    0.363,
    90,
    0.8e-3,
    0,
    f"{OREILLY}; {WRIGHT}; {WANSAPURA}; {MARQUES}; {ROONEY}; {BRAIN_T2}; {PIERPAOLI}; {KWAN}",
)
_WHITE = MRTissue(0.77, 855, 0.292, 75, 0.7e-3, 0, _GREY.source)
_FAT = MRTissue(1.0, 391, 0.400, 68, 0.05e-3, 0.95, f"{CAMPBELL}; {BAZELAIRE}; {RAKOW}; {KWAN}")
_MUSCLE = MRTissue(0.78, 1420, 0.330, 33, 1.5e-3, 0, f"{GOLD}; {WATER}")
_BLOOD = MRTissue(0.84, 1879, 0.315, 275, 1.5e-3, 0, f"{CAMPBELL}; {STANISZ}; {WATER}")
_MARROW = MRTissue(0.85, 586, 0.094, 49, 0.3e-3, 0.5, f"{BAZELAIRE}; density: no single source")
#: Power of T1 where nothing was measured: about the mean of the tissues that were.
_USUAL = 0.3

#: MR properties by tissue, under the names of `medkit.constants.TISSUES`.
MR_TISSUES: dict[str, MRTissue] = {
    "air": _SILENT,
    "water": _WATER,
    "csf": _WATER,
    "grey_matter": _GREY,
    "white_matter": _WHITE,
    "brain": MRTissue(0.81, 1160, 0.33, 82, 0.75e-3, 0, "mean of grey and white matter"),
    "infarct": MRTissue(
        0.92,
        1650,
        0.363,
        120,
        0.45e-3,
        0,
        "acute: swollen grey matter; diffusion Purushotham et al., Int. J. Stroke 10 (2015) 348",
    ),
    "blood_clot": MRTissue(
        0.8,
        1700,
        _USUAL,
        28,
        0.6e-3,
        0,
        "first days, deoxyhaemoglobin: Bradley (1993), doi:10.1148/radiology.189.1.8372185",
    ),
    "blood": _BLOOD,
    "blood_iodine": _BLOOD,
    "adipose": _FAT,
    "scalp": MRTissue(0.85, 450, 0.4, 55, 0.3e-3, 0.7, "fat under skin; no single source"),
    "skin": MRTissue(0.7, 1100, _USUAL, 35, 0.8e-3, 0, "near muscle; no single source"),
    "muscle": _MUSCLE,
    "soft_tissue": _MUSCLE,
    "heart": MRTissue(0.8, 1170, 0.302, 45, 1.5e-3, 0, f"{CAMPBELL}; {HEART}; {WATER}"),
    "liver": MRTissue(0.79, 809, 0.465, 34, 1.1e-3, 0, f"{BAZELAIRE}; {WATER}"),
    "cartilage": MRTissue(0.82, 1240, 0.226, 37, 1.3e-3, 0, f"{GOLD}; {WATER}"),
    "breast": MRTissue(0.8, 1445, 0.191, 54, 1.8e-3, 0.1, f"{RAKOW}; density: no single source"),
    "fibrous": MRTissue(0.7, 1200, _USUAL, 42, 1.5e-3, 0, "near muscle; no single source"),
    "fibroadenoma": MRTissue(0.85, 1350, _USUAL, 80, 1.5e-3, 0, "rich in water; no single source"),
    "carcinoma": MRTissue(0.85, 1300, _USUAL, 70, 0.95e-3, 0, "dense; no single source"),
    "nodule": MRTissue(0.85, 1400, _USUAL, 75, 1.1e-3, 0, "soft tissue; no single source"),
    "lung": MRTissue(0.2, 1300, _USUAL, 1.5, 1.5e-3, 0, "order of size; no single source"),
    "lung_inspired": MRTissue(0.13, 1300, _USUAL, 1.5, 1.5e-3, 0, "lung, more air"),
    "lung_collapsed": MRTissue(0.8, 1300, _USUAL, 60, 1.3e-3, 0, "lung without air"),
    "eye_lens": MRTissue(0.6, 1100, _USUAL, 22, 0.8e-3, 0, "order of size; no single source"),
    "spongy_bone": _MARROW,
    # The tables of the skull are silent; what signal there is comes from the marrow between.
    "cranium": MRTissue(0.12, 586, 0.094, 49, 0.3e-3, 0.5, "mostly silent; marrow: " + BAZELAIRE),
    "cortical_bone": MRTissue(0.02, 250, 0, 0.5, 0, 0, "no single source"),
    "calcification": MRTissue(0.1, 300, 0, 1, 0, 0, "as cortical bone, porous"),
}
MR_TISSUES |= dict.fromkeys(
    ("aluminium", "copper", "tin", "tungsten", "titanium", "iron", "steel", "amalgam"), _SILENT
)
MR_TISSUES |= dict.fromkeys(("pmma", "polyethylene", "teflon"), _SILENT)
# Between the 90° and the 180° pulse the blood of a large vessel has left the slice: a spin echo
# shows a flow void. Gradient echoes do not, which this kit leaves out.
MR_TISSUES["blood_flowing"] = MRTissue(0.0, source="flow void of spin echoes")


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
