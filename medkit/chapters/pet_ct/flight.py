"""Explorer of ``15_pet_ct``: photons on their way to the ring, and what it writes down."""

from functools import lru_cache

import numpy as np

from medkit.anatomy.phantoms import Ellipse, ellipses
from medkit.constants import ELECTRON_REST_KEV
from medkit.physics.pet.scanner import RING_RADIUS_MM
from medkit.views.explorer import Choice, Image, Picture, Slider, Table, explorer

#: Speed of light in mm/ns.
LIGHT_MM_NS = 299.792458
CRYSTALS = 48
#: Half the coincidence window in ns, and the energies in keV that are taken for 511.
TAU_NS, WINDOW_KEV = 2.45, (435.0, 650.0)

#: Decays by scene: (x, y) in mm, start in ns, direction in degrees, and what becomes of each of
#: the two photons: None, ("absorbed", mm), or ("scattered", mm, degrees).
_TRUE = ((60.0, 40.0), 0.1, 25.0, (None, None))
_LOST = ((-70.0, 10.0), 0.3, 100.0, (None, ("absorbed", 55.0)))
_BENT = ((30.0, -50.0), 0.2, 160.0, (None, ("scattered", 60.0, -28.0)))
_ALONE = ((-40.0, -30.0), 0.15, 60.0, (("absorbed", 80.0), None))
_OTHER = ((80.0, -10.0), 0.6, 330.0, (None, ("absorbed", 110.0)))
SCENES = {
    "both arrive: a true pair": (_TRUE,),
    "one is lost in the body": (_LOST,),
    "one is scattered": (_BENT,),
    "two decays, one photon of each: random": (_ALONE, _OTHER),
}


@lru_cache
def photons(scene: str) -> list[dict]:
    """Follow each photon of a scene.

    Returns
    -------
    list of dict
        "path", the corners of its way in mm, shape (corner, 2); "start" and "ends" in ns;
        whether it is "caught", by which "crystal" and with what "energy" in keV; "decay", its
        number.
    """
    found = []
    for decay, (place, start, direction, fates) in enumerate(SCENES[scene]):
        for turn, fate in zip((0.0, 180.0), fates, strict=True):
            found.append(_fly(np.array(place), start, direction + turn, fate) | {"decay": decay})
    return found


def _fly(place, start, direction, fate):
    path, energy, caught = [place], ELECTRON_REST_KEV, True
    if fate is not None:
        kind, mm, *turn = fate
        path.append(place + mm * _towards(direction))
        caught = kind == "scattered"
    if caught and fate is not None:
        energy = float(ELECTRON_REST_KEV / (2 - np.cos(np.deg2rad(turn[0]))))
        direction += turn[0]
    if caught:
        way = _towards(direction)
        across = path[-1] @ way
        reach = -across + np.sqrt(across**2 + RING_RADIUS_MM**2 - path[-1] @ path[-1])
        path.append(path[-1] + reach * way)
    ends = start + np.hypot(*np.diff(path, axis=0).T).sum() / LIGHT_MM_NS
    crystal = int(np.rint(np.arctan2(*path[-1][::-1]) / (2 * np.pi) * CRYSTALS)) % CRYSTALS
    photon = {"path": np.array(path), "start": start, "ends": ends, "caught": caught}
    return photon | {"crystal": crystal, "energy": energy}


def _towards(degrees):
    return np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])


def _crystal(number):
    angle = 2 * np.pi * np.asarray(number) / CRYSTALS
    return RING_RADIUS_MM * np.cos(angle), RING_RADIUS_MM * np.sin(angle)


def coincidence(hits: list[dict]) -> list[tuple[dict, dict]]:
    """Join hits to pairs as the scanner does: in the order of time, within τ, right energies."""
    good = [h for h in hits if WINDOW_KEV[0] <= h["energy"] <= WINDOW_KEV[1]]
    good, pairs = sorted(good, key=lambda h: h["ends"]), []
    while len(good) > 1:
        one, two = good[:2]
        close = bool(two["ends"] - one["ends"] < TAU_NS)
        pairs += [(one, two)] * close
        good = good[2:] if close else good[1:]
    return pairs


@lru_cache
def _body():
    """Return a slice of chest in a ring of crystals, for a picture of 5 mm a pixel."""
    parts = [
        Ellipse(0.8, (165.0, 115.0)),
        Ellipse(-0.5, (58.0, 80.0), (-78.0, 0.0)),
        Ellipse(-0.5, (58.0, 80.0), (78.0, 0.0)),
    ]
    body = ellipses(parts, shape=(180, 180), field_mm=900.0)
    at = np.linspace(-447.5, 447.5, 180)
    far = np.hypot(at, at[:, None])
    turn = np.arctan2(-at[:, None], at) / (2 * np.pi) * CRYSTALS
    crystal = (np.abs(far - RING_RADIUS_MM - 12) < 14) & (np.abs(turn - np.rint(turn)) < 0.42)
    return body, np.where(crystal, np.rint(turn).astype(int) % CRYSTALS, -1)


def _way(photon, time_ns):
    """Return the way of a photon so far, shape (2, point), or None before its decay."""
    corners = photon["path"]
    lengths = np.r_[0, np.cumsum(np.hypot(*np.diff(corners, axis=0).T))]
    gone = (time_ns - photon["start"]) * LIGHT_MM_NS
    if gone < 0:
        return None
    at = np.r_[lengths[lengths < gone], min(gone, lengths[-1])]
    return np.stack([np.interp(at, lengths, corners[:, k]) for k in (0, 1)])


def _joined(parts):
    """Return polylines as one, with gaps between them."""
    gap = np.full((2, 1), np.nan)
    parts = [p for part in parts for p in (np.asarray(part), gap)]
    return tuple(np.concatenate(parts or [gap], axis=1))


@explorer(
    title="Photons on their way",
    time_ns=Slider(0.0, 1.8, 1.76, 0.02, unit="ns", label="Time", play_s=8),
    scene=Choice(list(SCENES), default="one is scattered", label="What happens"),
)
def flight(*, time_ns, scene):
    """Follow pairs of photons at the speed of light, and read what the ring writes down."""
    all_photons = photons(scene)
    ways = [w for p in all_photons if (w := _way(p, time_ns)) is not None]
    ended = [p for p in all_photons if p["ends"] <= time_ns]
    hits = sorted((p for p in ended if p["caught"]), key=lambda h: h["ends"])
    lost = [p["path"][-1] for p in ended if not p["caught"]]
    began = [place for place, start, *_ in SCENES[scene] if start <= time_ns]
    pairs = coincidence(hits)
    lines = [np.array([_crystal(h["crystal"]) for h in pair]).T for pair in pairs]
    body, crystals = _body()
    fired = np.isin(crystals, [h["crystal"] for h in hits])
    seen = np.where(fired, 2.5, np.where(crystals >= 0, 0.9, body))
    spots = [np.array(v).T if len(v) else np.full((2, 1), np.nan) for v in (began, lost)]
    rows = [[f"{h['ends']:.2f}", str(h["crystal"]), f"{h['energy']:.0f}"] for h in hits]
    joined = "; ".join(f"{a['crystal']}–{b['crystal']}" for a, b in pairs) or "none yet"
    return Picture(
        Image(
            seen,
            f"After {time_ns:.2f} ns",
            values=("1", 0, 2.5),
            spacing_mm=5.0,
            xaxis=("x (mm)", -450, 450),
            yaxis=("y (mm)", 450, -450),
            colorbar=False,
            curves={"photons": _joined(ways), "line": _joined(lines)},
            points={"decay": tuple(spots[0]), "absorbed": tuple(spots[1])},
        ),
        Table(
            rows or [["–", "–", "–"]],
            header=["time (ns)", "crystal", "energy (keV)"],
            title="What the ring writes down",
        ),
        caption=f"{len(hits)} photons caught, {len(lost)} lost in the body; lines: {joined}",
        alt=f"A body in a ring of {CRYSTALS} crystals {time_ns:.2f} ns after the start: "
        f"{len(hits)} photons were caught, {len(lost)} lost; lines drawn: {len(pairs)}.",
    )
