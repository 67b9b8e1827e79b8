"""For ``14_optics``: an explorer of a mirror that moves, and scans of an eye whose blood flows."""

from functools import lru_cache

import numpy as np

from medkit.anatomy.lifelike.plexus import plexus
from medkit.anatomy.regions.eye import LABEL
from medkit.physics.optics import oct
from medkit.physics.optics.oct_scanner import OCTProtocol
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


#: Scanner of the nets of vessels: shallow, so that few samples do.
FLOW = OCTProtocol(n_samples=384, span_um=0.105, zero_delay_um=10.0, rolloff_db=4.0)
SLABS = {
    "superficial": ("nerve fibres", "inner plexiform"),
    "deep": ("inner nuclear", "outer plexiform"),
    "all of the retina": ("nerve fibres", "outer segments"),
}


@lru_cache(maxsize=1)
def vascular():
    """Return the macula whose vessels form nets."""
    return plexus(rng=1)


@lru_cache(maxsize=1)
def _recordings():
    """Return the scans of `repeated` with blood at rest and flowing, in 1/10,000, half precision.

    Both are made at once, since most of the work is the same.
    """
    patient = vascular()
    row_um, scans = patient.spacing_um[1], {False: [], True: []}
    still = oct.scatterers(patient, FLOW, rng=0)
    rest = oct.returned(still, row_um, FLOW)
    for k in range(4):
        blood = oct.scatterers(patient, FLOW, rng=100 + k)
        moved = np.where(patient.lesions["vessels"], blood, still)
        error = oct.shot_noise(rest.shape, FLOW, rng=k)
        for flowing, light in ((False, rest), (True, oct.returned(moved, row_um, FLOW))):
            decibel = oct.reconstruct(oct.detect(light, FLOW, error), FLOW)
            scans[flowing].append((10 ** (decibel[:, :160] / 20 + 4)).astype(np.float16))
    return {flowing: np.array(planes) for flowing, planes in scans.items()}


def repeated(flowing: bool) -> np.ndarray:
    """Return the amplitudes of four scans of each plane, (repeat, plane, row, column).

    All that is still has the same speckle in each; blood, if it flows, is drawn anew.
    """
    return _recordings()[flowing].astype(np.float32) * np.float32(1e-4)


def en_face(volume: np.ndarray, slab: str, project=np.max) -> np.ndarray:
    """Return a volume seen from the front between two layers, (plane, column)."""
    edges, (first, last) = vascular().boundaries_um, SLABS[slab]
    depth = (FLOW.depths_um[: volume.shape[1]] - FLOW.zero_delay_um)[:, None]
    inside = (depth > edges[LABEL[first] - 1][:, None]) & (depth < edges[LABEL[last]][:, None])
    return project(np.where(inside, volume, 0), axis=1)
