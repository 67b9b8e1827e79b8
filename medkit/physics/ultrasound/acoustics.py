"""What sound does in each tissue: how fast it runs, how much is lost, how much comes back."""

from dataclasses import dataclass

MAST = "Mast, Acoust. Res. Lett. Online 1 (2000) 37"


@dataclass(frozen=True)
class Acoustic:
    """Acoustic properties of one tissue.

    Parameters
    ----------
    speed_m_s : float
        Speed of sound.
    density_g_cm3 : float
        Mass density.
    attenuation_db_cm_mhz : float
        Loss per path and frequency.
    echo_db : float
        Strength of its speckle against fibroglandular breast tissue. These are the
        kit's own settings, chosen by eye from clinical pictures, not measured values.
    streaks : float
        How strongly the echoes vary along fibres and septa (0: even speckle).
    source : str
        Where speed, density and attenuation are from.
    """

    speed_m_s: float
    density_g_cm3: float
    attenuation_db_cm_mhz: float
    echo_db: float = 0.0
    streaks: float = 0.0
    source: str = MAST

    @property
    def impedance_mrayl(self) -> float:
        """Z = ρ c, in 10⁶ kg/(m² s)."""
        return 1e-3 * self.density_g_cm3 * self.speed_m_s


_OWN = "speed and loss of breast tissue by Mast (2000); the lesion's difference is a teaching value"

#: Acoustic properties by the tissue names of `medkit.constants.TISSUES`.
ACOUSTIC: dict[str, Acoustic] = {
    "air": Acoustic(343.0, 0.0012, 12.0, -60, source="dry air at 20 °C; the loss is a stand-in"),
    "water": Acoustic(1482.0, 1.0, 0.0022, -45),
    "blood": Acoustic(1584.0, 1.06, 0.20, -46),
    "skin": Acoustic(1615.0, 1.09, 0.35, 4),
    "adipose": Acoustic(1478.0, 0.95, 0.48, -9, 0.3),
    "breast": Acoustic(1510.0, 1.02, 0.75, 0, 0.85),
    "muscle": Acoustic(1547.0, 1.05, 1.09, -10, 0.7),
    "heart": Acoustic(1576.0, 1.06, 0.52, -2, 0.35),
    "liver": Acoustic(1595.0, 1.06, 0.50, -4, 0.1),
    "soft_tissue": Acoustic(1561.0, 1.043, 0.54, -4, 0.5),
    "fibrous": Acoustic(1613.0, 1.12, 1.57, 9, 0.7),
    "lung": Acoustic(600.0, 0.26, 4.0, -4, source="mostly air: reflects nearly all; stand-in"),
    "cortical_bone": Acoustic(3476.0, 1.975, 6.9, 10),
    "calcification": Acoustic(3476.0, 1.975, 6.9, 16, source="as cortical bone, " + MAST),
    "nodule": Acoustic(1550.0, 1.04, 0.6, -16, 0.2, _OWN),
    "fibroadenoma": Acoustic(1550.0, 1.04, 0.45, -17, 0.2, _OWN),
    "carcinoma": Acoustic(1565.0, 1.06, 2.2, -17, 0.4, _OWN),
}


def properties(name: str) -> Acoustic:
    """Return the acoustic properties of a tissue; unknown soft ones as average soft tissue.

    Raises
    ------
    KeyError
        If the kit knows no tissue of that name at all.
    """
    from medkit.constants import TISSUES

    if name in ACOUSTIC:
        return ACOUSTIC[name]
    if name not in TISSUES:
        raise KeyError(f"no tissue {name!r}; there are: {', '.join(ACOUSTIC)}")
    return ACOUSTIC["soft_tissue"]
