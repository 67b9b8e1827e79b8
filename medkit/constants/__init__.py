"""Physical constants and what tissues are made of: value, unit and source of each.

A CT scanner sees one property of a tissue, its linear attenuation coefficient
μ. It follows from what the tissue is made of: μ(E) = ρ Σᵢ wᵢ (μ/ρ)ᵢ(E), with
the density ρ, the mass fractions wᵢ of the elements, and the elements' mass
attenuation coefficients (μ/ρ)ᵢ as measured and tabulated by NIST.
"""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from scipy import constants as codata
from scipy.interpolate import PchipInterpolator

_HERE = resources.files("medkit.constants")

# Physical constants; CODATA values as scipy.constants carries them.
ELECTRON_REST_KEV = codata.physical_constants["electron mass energy equivalent in MeV"][0] * 1e3
# keV, CODATA: what each of the two photons of an annihilation carries
PROTON_GYROMAGNETIC_MHZ_T = codata.physical_constants["proton gyromag. ratio in MHz/T"][0]
# MHz/T, CODATA: the Larmor frequency of free protons, 42.577 MHz in 1 T
SPEED_OF_SOUND_M_S = 1540.0  # m/s, soft tissue, the value scanners assume (AIUM)
F18_HALF_LIFE_MIN = 109.77  # min, ENSDF's 109.77 ± 0.05 (from memory); NUBASE: 109.734


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


def _tissues() -> dict[str, Tissue]:
    text = _HERE.joinpath("tissues.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    known: dict[str, Tissue] = {}
    for name, row in (table["ingredients"] | table["tissues"]).items():
        source = row["source"].format(**table["sources"])
        if "mix" in row:
            known[name] = mixture(
                [(known[part], mass) for part, mass in row["mix"].items()], source
            )
        else:
            total = sum(row["percent"].values())
            composition = {element: share / total for element, share in row["percent"].items()}
            known[name] = Tissue(row["density_g_cm3"], composition, source)
    return {name: known[name] for name in table["tissues"]}


#: Everything a digital patient, a phantom or a filter can be made of, by name.
TISSUES: dict[str, Tissue] = _tissues()


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
    "heart": 2.4, "blood": 1.7, "blood_iodine": 1.7, "liver": 2.3, "muscle": 0.65,
    "soft_tissue": 0.8, "adipose": 0.25, "skin": 0.5, "scalp": 0.4, "cartilage": 0.6,
    "cortical_bone": 0.5, "spongy_bone": 1.4, "cranium": 0.6, "breast": 0.45, "fibrous": 0.8,
    "brain": 6.0, "grey_matter": 9.0, "white_matter": 3.0, "csf": 0.6, "eye_lens": 0.5,
    "nodule": 6.0, "carcinoma": 6.0, "fibroadenoma": 1.2, "infarct": 2.0, "blood_clot": 0.5,
    "calcification": 0.3, "blood_flowing": 1.7,
}  # fmt: skip

# ---- end of PET ---------------------------------------------------------------------------


@cache
def _element_segments(symbol):
    """Curves of log(μ/ρ) against log(E), one between each two absorption edges."""
    with (
        resources.files("medkit.constants")
        .joinpath("attenuation.csv")
        .open(encoding="utf-8") as file
    ):
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
