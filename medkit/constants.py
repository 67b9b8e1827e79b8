"""Physical constants and what tissues are made of: value, unit and source of each.

A CT scanner sees one property of a tissue, its linear attenuation coefficient
μ. It follows from what the tissue is made of: μ(E) = ρ Σᵢ wᵢ (μ/ρ)ᵢ(E), with
the density ρ, the mass fractions wᵢ of the elements, and the elements' mass
attenuation coefficients (μ/ρ)ᵢ as measured and tabulated by NIST.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from scipy import constants as codata
from scipy.interpolate import PchipInterpolator

# Physical constants; CODATA values as scipy.constants carries them.
SPEED_OF_LIGHT_M_S = codata.c  # m/s, exact, SI
PLANCK_J_S = codata.h  # J s, exact, SI
BOLTZMANN_J_K = codata.k  # J/K, exact, SI
AVOGADRO_PER_MOL = codata.N_A  # 1/mol, exact, SI
KEV_J = 1e3 * codata.e  # J in one keV, exact, SI
ELECTRON_REST_KEV = codata.physical_constants["electron mass energy equivalent in MeV"][0] * 1e3
# keV, CODATA: what each of the two photons of an annihilation carries
ELECTRON_RADIUS_M = codata.physical_constants["classical electron radius"][0]  # m, CODATA
PROTON_GYROMAGNETIC_MHZ_T = codata.physical_constants["proton gyromag. ratio in MHz/T"][0]
# MHz/T, CODATA: the Larmor frequency of free protons, 42.577 MHz in 1 T
SPEED_OF_SOUND_M_S = 1540.0  # m/s, soft tissue, the value scanners assume (AIUM)
F18_HALF_LIFE_MIN = 109.77  # min, ENSDF's 109.77 ± 0.05 (from memory); NUBASE: 109.734

ICRU_44 = "ICRU Report 44 (1989), by NISTIR 5632 (2004), https://doi.org/10.18434/T4D01F"
ICRU_46 = "ICRU Report 46 (1992)"
WOODARD = "Woodard and White (1986), https://doi.org/10.1259/0007-1285-59-708-1209"


@dataclass(frozen=True)
class Tissue:
    """What a scanner needs to know of one tissue.

    Parameters
    ----------
    density_g_cm3 : float
        Mass density, g/cm³.
    composition : mapping of str to float
        Mass fraction by element symbol; they add up to 1.
    source : str
        Where the numbers are from.
    """

    density_g_cm3: float
    composition: Mapping[str, float] = field(hash=False)
    source: str = ""


def _tissue(density_g_cm3, source, **percent):
    """Make a tissue from mass percentages, which tables round: they are scaled to 1."""
    total = sum(percent.values())
    return Tissue(density_g_cm3, {k: v / total for k, v in percent.items()}, source)


def mixture(parts: Sequence[tuple[Tissue, float]], source: str = "") -> Tissue:
    """Mix tissues by mass, keeping each part's volume.

    Parameters
    ----------
    parts : list of (Tissue, float)
        What is mixed, and its mass in any common unit.
    source : str
        Where the recipe is from.

    Returns
    -------
    Tissue
        Mass fractions w = Σ mᵢ wᵢ / Σ mᵢ and density ρ = Σ mᵢ / Σ (mᵢ/ρᵢ).

    Examples
    --------
    >>> half = mixture([(TISSUES["water"], 1.0), (TISSUES["adipose"], 1.0)])
    >>> round(half.density_g_cm3, 3)
    0.974
    """
    mass = sum(m for _, m in parts)
    volume = sum(m / tissue.density_g_cm3 for tissue, m in parts)
    composition: dict[str, float] = {}
    for tissue, m in parts:
        for element, fraction in tissue.composition.items():
            composition[element] = composition.get(element, 0.0) + fraction * m / mass
    return Tissue(mass / volume, composition, source)


def _with_iodine(tissue, iodine_mg_ml, source):
    """Add iodine in solution: its own volume is negligible, its mass is not."""
    iodine = Tissue(1e9, {"I": 1.0})  # so dense that it takes no room
    return mixture([(tissue, tissue.density_g_cm3), (iodine, iodine_mg_ml / 1000)], source)


_WATER = _tissue(1.0, "H2O, https://doi.org/10.18434/T4D01F", H=11.1898, O=88.8102)
_AIR = _tissue(
    1.205e-3, "dry, https://doi.org/10.18434/T4D01F", C=0.0124, N=75.5268, O=23.1781, Ar=1.2827
)
_BLOOD = _tissue(
    1.06, ICRU_44, H=10.2, C=11.0, N=3.3, O=74.5, Na=0.1, P=0.1, S=0.2, Cl=0.3, K=0.2, Fe=0.1
)
_GREY = _tissue(1.04, WOODARD, H=10.7, C=9.5, N=1.8, O=76.7, Na=0.2, P=0.3, S=0.2, Cl=0.3, K=0.3)
_CORTICAL = _tissue(
    1.92, ICRU_44, H=3.4, C=15.5, N=4.2, O=43.5, Na=0.1, Mg=0.2, P=10.3, S=0.3, Ca=22.5
)
_LUNG = dict(H=10.3, C=10.5, N=3.1, O=74.9, Na=0.2, P=0.2, S=0.3, Cl=0.3, K=0.2)
_SKIN = _tissue(1.09, ICRU_46, H=10.0, C=20.4, N=4.2, O=64.5, Na=0.2, P=0.1, S=0.2, Cl=0.3, K=0.1)
_ADIPOSE = _tissue(0.95, ICRU_44, H=11.4, C=59.8, N=0.7, O=27.8, Na=0.1, S=0.1, Cl=0.1)
_RED_CELLS = _tissue(1.09, WOODARD, H=9.5, C=19.0, N=5.9, O=64.6, S=0.3, Cl=0.2, K=0.4, Fe=0.1)
_HYDROXYAPATITE = _tissue(3.16, "Ca10(PO4)6(OH)2", H=0.20, O=41.41, P=18.50, Ca=39.89)
_SOFT = _tissue(1.06, ICRU_44, H=10.2, C=14.3, N=3.4, O=70.8, Na=0.2, P=0.3, S=0.3, Cl=0.2, K=0.3)

#: Everything a digital patient, a phantom or a filter can be made of, by name.
TISSUES: dict[str, Tissue] = {
    "air": _AIR,
    "water": _WATER,
    # Chest
    "lung": _tissue(0.26, "inflated, " + ICRU_46, **_LUNG),
    "lung_inspired": _tissue(0.16, "full inspiration, composition of " + ICRU_46, **_LUNG),
    "lung_collapsed": _tissue(1.05, "without air, " + ICRU_44, **_LUNG),
    "heart": _tissue(
        1.05, WOODARD, H=10.4, C=13.9, N=2.9, O=71.8, Na=0.1, P=0.2, S=0.2, Cl=0.2, K=0.3
    ),
    "blood": _BLOOD,
    "blood_flowing": _BLOOD,
    "blood_iodine": _with_iodine(_BLOOD, 10.0, "10 mg of iodine in 1 ml of blood"),
    "nodule": _tissue(
        1.04, "solid, water-rich soft tissue of " + ICRU_44,
        H=10.3, C=12.5, N=3.0, O=73.1, Na=0.2, P=0.2, S=0.3, Cl=0.2, K=0.2,
    ),
    "breast": _tissue(1.02, ICRU_44, H=10.6, C=33.2, N=3.0, O=52.7, Na=0.1, P=0.1, S=0.2, Cl=0.1),
    # Breast; lesions are teaching values: water-rich soft tissue, as "nodule"
    "fibrous": _tissue(
        1.12, "connective tissue of " + WOODARD, H=9.4, C=20.7, N=6.2, O=62.2, Na=0.6, S=0.6, Cl=0.3
    ),
    "fibroadenoma": _tissue(
        1.04, "solid, water-rich soft tissue of " + ICRU_44,
        H=10.3, C=12.5, N=3.0, O=73.1, Na=0.2, P=0.2, S=0.3, Cl=0.2, K=0.2,
    ),
    "carcinoma": _tissue(
        1.06, "soft tissue of " + ICRU_44,
        H=10.2, C=14.3, N=3.4, O=70.8, Na=0.2, P=0.3, S=0.3, Cl=0.2, K=0.3,
    ),
    # Body
    "adipose": _ADIPOSE,
    "soft_tissue": _SOFT,
    "muscle": _tissue(
        1.05, ICRU_44, H=10.2, C=14.3, N=3.4, O=71.0, Na=0.1, P=0.2, S=0.3, Cl=0.1, K=0.4
    ),
    "liver": _tissue(
        1.06, ICRU_46, H=10.2, C=13.9, N=3.0, O=71.6, Na=0.2, P=0.3, S=0.3, Cl=0.2, K=0.3
    ),
    "cartilage": _tissue(
        1.10, ICRU_46, H=9.6, C=9.9, N=2.2, O=74.4, Na=0.5, P=2.2, S=0.9, Cl=0.3
    ),
    "skin": _SKIN,
    # Head
    "scalp": mixture([(_SKIN, 1.0), (_ADIPOSE, 1.0)], "half skin, half fat by mass"),
    "brain": _tissue(
        1.04, ICRU_44, H=10.7, C=14.5, N=2.2, O=71.2, Na=0.2, P=0.4, S=0.2, Cl=0.3, K=0.3
    ),
    "grey_matter": _GREY,
    "white_matter": _tissue(
        1.04, WOODARD, H=10.6, C=19.4, N=2.5, O=66.1, Na=0.2, P=0.4, S=0.2, Cl=0.3, K=0.3
    ),
    "csf": _tissue(1.007, WOODARD, H=11.1, O=88.0, Na=0.5, Cl=0.4),
    "infarct": mixture(
        [(_GREY, 0.75), (_WATER, 0.25)],
        "grey matter that took up water, https://doi.org/10.1097/RLI.0000000000000430",
    ),
    "blood_clot": mixture(
        [(_RED_CELLS, 0.6), (_BLOOD, 0.4)],
        "retracted clot: red cells packed to a haematocrit of 70 to 80 %, " + WOODARD,
    ),
    "eye_lens": _tissue(1.07, ICRU_44, H=9.6, C=19.5, N=5.7, O=64.6, Na=0.1, P=0.1, S=0.3, Cl=0.1),
    # Bone
    "cortical_bone": _CORTICAL,
    "spongy_bone": _tissue(
        1.18, ICRU_46, H=8.5, C=40.4, N=2.8, O=36.7, Na=0.1, Mg=0.1, P=3.4, S=0.2, Cl=0.2, K=0.1,
        Ca=7.4, Fe=0.1,
    ),
    "cranium": _tissue(
        1.61, ICRU_46, H=5.0, C=21.2, N=4.0, O=43.5, Na=0.1, Mg=0.2, P=8.1, S=0.3, Ca=17.6
    ),
    "calcification": mixture(
        [(_SOFT, 0.8), (_HYDROXYAPATITE, 0.2)], "soft tissue with a fifth of hydroxyapatite by mass"
    ),
    # Metals, plastics and filters
    "aluminium": _tissue(2.699, "element", Al=1),
    "copper": _tissue(8.96, "element", Cu=1),
    "tin": _tissue(7.31, "element", Sn=1),
    "tungsten": _tissue(19.3, "element", W=1),
    "titanium": _tissue(4.54, "element", Ti=1),
    "iron": _tissue(7.874, "element", Fe=1),
    "steel": _tissue(8.0, "AISI 316L", Fe=65.5, Cr=17.0, Ni=12.0, Mo=2.5, Mn=2.0, Si=1.0),
    "amalgam": _tissue(11.6, "high-copper dental amalgam", Hg=45, Ag=32, Sn=13, Cu=10),
    "pmma": _tissue(1.19, "C5H8O2, https://doi.org/10.18434/T4D01F", H=8.054, C=59.985, O=31.961),
    "polyethylene": _tissue(0.93, "C2H4, https://doi.org/10.18434/T4D01F", H=14.3716, C=85.6284),
    "teflon": _tissue(2.25, "C2F4, https://doi.org/10.18434/T4D01F", C=24.0183, F=75.9817),
}  # fmt: skip


# ---- PET: the isotopes of its tracers, and where sugar goes --------------------------------


@dataclass(frozen=True)
class Isotope:
    """A positron emitter: half-life, positrons per decay, and their range (blur, FWHM)."""

    half_life_min: float
    positron_fraction: float
    range_mm: float


#: Half-life and positrons a decay: Conti and Eriksson, https://doi.org/10.1186/s40658-016-0144-5;
#: range: Moses (2011), https://doi.org/10.1016/j.nima.2010.11.092.
ISOTOPES: dict[str, Isotope] = {
    "F-18": Isotope(F18_HALF_LIFE_MIN, 0.969, 0.54),
    "C-11": Isotope(20.4, 0.998, 0.92),
    "N-13": Isotope(10.0, 0.998, 1.49),
    "O-15": Isotope(2.04, 0.999, 2.48),
    "Ga-68": Isotope(67.8, 0.889, 2.83),
    "Rb-82": Isotope(1.27, 0.954, 6.14),
}

#: Standardised uptake (1 = spread evenly over the body) of FDG an hour after injection: teaching
#: values, one number for what varies by a third between people (the heart: by a factor of ten),
#: after https://doi.org/10.1007/s11307-006-0075-y and https://doi.org/10.1186/s13550-022-00884-0;
#: lesions are typical cancers. "water" is a phantom filled evenly: 1 by definition.
FDG_SUV: dict[str, float] = {
    "air": 0.0, "water": 1.0, "lung": 0.5, "lung_inspired": 0.35, "lung_collapsed": 1.0,
    "heart": 2.4, "blood": 1.7, "blood_flowing": 1.7, "blood_iodine": 1.7, "liver": 2.3,
    "muscle": 0.65, "soft_tissue": 0.8, "adipose": 0.25, "skin": 0.5, "scalp": 0.4,
    "cartilage": 0.6, "cortical_bone": 0.5, "spongy_bone": 1.4, "cranium": 0.6, "breast": 0.45,
    "fibrous": 0.8, "brain": 6.0, "grey_matter": 9.0, "white_matter": 3.0, "csf": 0.6,
    "eye_lens": 0.5, "nodule": 6.0, "carcinoma": 6.0, "fibroadenoma": 1.2, "infarct": 2.0,
    "blood_clot": 0.5, "calcification": 0.3,
}  # fmt: skip

# ---- end of PET ---------------------------------------------------------------------------


@cache
def _element_segments(symbol):
    """Curves of log(μ/ρ) against log(E), one between each two absorption edges."""
    with resources.files("medkit").joinpath("attenuation.csv").open(encoding="utf-8") as file:
        rows = csv.reader(line for line in file if not line.startswith("#"))
        next(rows)
        table = np.array([[float(e), float(m)] for element, e, m in rows if element == symbol])
    if not len(table):
        raise KeyError(f"no attenuation table for element {symbol!r}; add it to attenuation.csv")
    energy, value = np.log(table).T
    # At an edge the table repeats the energy. A curve through both values would round it off.
    pieces = np.split(np.arange(len(energy)), np.flatnonzero(np.diff(energy) == 0) + 1)
    return energy, [(energy[i[0]], PchipInterpolator(energy[i], value[i])) for i in pieces]


def _element_attenuation(symbol, log_energy):
    _, segments = _element_segments(symbol)
    starts = np.array([start for start, _ in segments])
    which = np.searchsorted(starts, log_energy, side="right") - 1
    result = np.empty_like(log_energy)
    for k, (_, curve) in enumerate(segments):
        result[which == k] = np.exp(curve(log_energy[which == k]))
    return result


def mass_attenuation_cm2_g(composition: Mapping[str, float], energy_kev) -> np.ndarray:
    """Return the mass attenuation coefficient of a mixture of elements.

    The elements' tables are interpolated as log(μ/ρ) against log(E) by monotone
    cubics between the absorption edges, and added by mass fraction.

    Parameters
    ----------
    composition : mapping of str to float
        Mass fraction by element symbol.
    energy_kev : float or array_like
        Photon energy, 10 to 1000 keV.

    Returns
    -------
    ndarray, shape of `energy_kev`
        μ/ρ in cm²/g, with coherent scattering. At an edge: the value above it.

    Raises
    ------
    ValueError
        If an energy lies outside the table.
    KeyError
        If there is no table for an element.

    References
    ----------
    Hubbell and Seltzer, NISTIR 5632, https://doi.org/10.18434/T4D01F

    Examples
    --------
    >>> print(mass_attenuation_cm2_g({"H": 0.111898, "O": 0.888102}, 60.0).round(3))
    0.206
    """
    energy = np.asarray(energy_kev, dtype=float)
    if not np.all((energy >= 10) & (energy <= 1000)):
        raise ValueError(
            f"energy_kev is {energy_kev}; the table covers 10 to 1000 keV (not eV or MeV)"
        )
    log_energy = np.atleast_1d(np.log(energy))
    total = sum(w * _element_attenuation(el, log_energy) for el, w in composition.items())
    return total.reshape(energy.shape)


def attenuation_per_mm(name: str, energy_kev) -> np.ndarray:
    """Return the linear attenuation coefficient μ = ρ (μ/ρ) of a tissue.

    Parameters
    ----------
    name : str
        A key of `TISSUES`.
    energy_kev : float or array_like
        Photon energy, 10 to 1000 keV.

    Returns
    -------
    ndarray, shape of `energy_kev`
        μ in 1/mm.

    Raises
    ------
    KeyError
        If there is no such tissue.
    ValueError
        If an energy lies outside 10 to 1000 keV.

    Examples
    --------
    >>> print(attenuation_per_mm("water", [60, 511]).round(4))
    [0.0206 0.0096]
    """
    if name not in TISSUES:
        raise KeyError(f"no tissue {name!r}; there are: {', '.join(TISSUES)}")
    tissue = TISSUES[name]
    # 1 cm²/g · 1 g/cm³ = 1/cm = 0.1/mm
    return 0.1 * tissue.density_g_cm3 * mass_attenuation_cm2_g(tissue.composition, energy_kev)


def hounsfield(name: str, energy_kev=70.0) -> np.ndarray:
    """Return what a perfect scanner shows: HU = 1000 (μ − μ_water) / μ_water.

    Parameters
    ----------
    name : str
        A key of `TISSUES`.
    energy_kev : float or array_like
        Photon energy; 70 keV is the mean energy of a 120 kV beam in the patient.

    Returns
    -------
    ndarray, shape of `energy_kev`
        Hounsfield units.

    Examples
    --------
    >>> print(hounsfield("air").round(), hounsfield("water"), hounsfield("grey_matter").round())
    -999.0 0.0 40.0
    """
    water = attenuation_per_mm("water", energy_kev)
    return 1000 * (attenuation_per_mm(name, energy_kev) - water) / water
