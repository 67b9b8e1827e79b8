"""For ``14_optics``: an explorer of a mirror that moves."""

import numpy as np

from medkit.views.explorer import Choice, Lines, Picture, Slider, explorer

#: Middle of the lamp's spectrum, and how far the mirror moves, µm.
WAVELENGTH_UM, REACH_UM = 0.84, 8.0
LAMPS = {"laser, 0.01 nm": 0.01, "20 nm": 20.0, "50 nm": 50.0, "150 nm": 150.0}


def detector(mirror_um, bandwidth_nm):
    """Return the light of two equal arms, one longer by `mirror_um`: all colours together.

    The colours' fringes add up to 1 + γ cos(4πd/λ₀), where γ falls to a half at half the
    coherence length (2 ln 2/π) λ₀²/Δλ: the transform of a Gaussian spectrum.
    """
    width = 2 * np.log(2) / np.pi * WAVELENGTH_UM**2 / (bandwidth_nm / 1000)
    mirror = np.asarray(mirror_um, float)
    together = np.exp(-4 * np.log(2) * (mirror / width) ** 2)
    return 1 + together * np.cos(4 * np.pi * mirror / WAVELENGTH_UM)


@explorer(
    title="A mirror moves, and fringes count",
    mirror_um=Slider(
        -REACH_UM, REACH_UM, 6.0, 0.05, unit="µm", label="Place of the mirror", play_s=12
    ),
    bandwidth_nm=Choice(LAMPS, default=50.0, label="Bandwidth of the lamp"),
)
def michelson(*, mirror_um, bandwidth_nm):
    """Move one arm of an interferometer, and see where the lamp can still interfere."""
    way = np.arange(-REACH_UM, mirror_um + 1e-9, 0.01)
    width = 0.44 * WAVELENGTH_UM**2 / (bandwidth_nm / 1000)
    nm = np.linspace(740, 940, 400)
    lamp = np.exp(-4 * np.log(2) * ((nm - 840) / max(bandwidth_nm, 2.0)) ** 2)
    now = lamp * (1 + np.cos(4 * np.pi * mirror_um * 1000 / nm))
    fringes = 2 * (mirror_um + REACH_UM) / WAVELENGTH_UM
    coherence = f"{width:.1f} µm" if width < 1000 else f"{width / 1e4:.0f} cm"
    return Picture(
        Lines(
            [mirror_um],
            {
                "light on one detector": (way, detector(way, bandwidth_nm)),
                "now": ([mirror_um], detector([mirror_um], bandwidth_nm)),
            },
            "All colours together",
            dots=["now"],
            xaxis=("mirror, from equal arms (µm)", -REACH_UM, REACH_UM),
            yaxis=("light (one arm = ½)", 0, 2.1),
        ),
        Lines(
            nm,
            {"now": now, "the lamp": 2 * lamp},
            "Spread out by colour",
            dashed=["the lamp"],
            xaxis=("wavelength (nm)", 740, 940),
            yaxis=("light (1)", 0, 2.1),
        ),
        caption=f"the mirror has gone {mirror_um + REACH_UM:.1f} µm: {fringes:.0f} fringes of "
        f"λ/2 = 0.42 µm; width of the place where this lamp interferes: {coherence}",
        alt=f"Light on a detector while the mirror moves, up to {mirror_um:.1f} µm, and its "
        "spectrum now, with fringes that are finer the farther the arms differ.",
    )
