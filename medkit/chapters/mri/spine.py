"""Explorer of ``12_mri``: a lumbar spine cut lengthwise, with a healthy or a worn disc."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.physics import mri, noise
from medkit.physics.mri import contrast, kspace
from medkit.physics.mri.scanner import MRProtocol
from medkit.views.explorer import Bars, Choice, Image, Picture, Toggle, explorer

#: Pixels of the image, and its field of view: a real one has about as many.
SIZE, FIELD_MM = 256, 280.0
#: Distance from disc to disc along the canal, and half the height of a disc, mm.
LEVEL_MM, DISC_MM = 38.0, 5.5
#: Where the disc L4/5 and the end of the cord (L1) lie along the canal, in mm from the middle.
L45_MM, CORD_END_MM = 53.0, -72.0
#: T2 in ms of the middle of a disc of Pfirrmann's grade II and IV, in patients (Marinelli et al.
#: 2010, doi:10.3174/ajnr.A2080). The other values of a disc have no single source.
NUCLEUS_T2_MS = {False: 108.0, True: 53.0}
NUCLEUS_T1_MS, ANNULUS_T2_MS, ANNULUS_DENSITY = 1200.0, 40.0, 0.6
#: What each part is made of; the rest has no protons that are heard.
TISSUES = {
    "fat": "adipose",
    "marrow": "spongy_bone",
    "fluid": "csf",
    "nerve": "white_matter",
    "muscle": "muscle",
    "gut": "liver",
}
PARTS = (*TISSUES, "nucleus", "worn nucleus", "annulus", "silent")


def _along_the_canal(y, x):
    """Return how far along the canal and how far behind the vertebrae each place is, mm."""

    def wall(at):  # the back of the vertebrae: bent forward in the loins, backward in the pelvis
        return 28 - 22 * np.exp(-(((at - 25) / 85) ** 2)) + 0.012 * np.clip(at - 72, 0, None) ** 2

    at = y
    for _ in range(4):  # the foot of the perpendicular
        slope = wall(at + 0.5) - wall(at - 0.5)
        at = at + (y - at + slope * (x - wall(at))) / (1 + slope**2)
    fine = np.linspace(-200, 260, 1000)
    arc = np.cumsum(np.hypot(np.gradient(fine), np.gradient(wall(fine))))
    arc = arc - np.interp(0, fine, arc)
    slope = wall(at + 0.5) - wall(at - 0.5)
    return np.interp(at, fine, arc), (x - wall(at)) * np.sqrt(1 + slope**2)


@lru_cache
def _places():
    """Return what no disease changes: y, x, fine and coarse texture, and the canal's s and d."""
    n = 2 * SIZE
    mm = (np.arange(n) - n / 2) * FIELD_MM / n
    y, x = mm[:, None] + 0 * mm, mm + 0 * mm[:, None]
    rng = np.random.default_rng(4)
    blur = [ndimage.gaussian_filter(rng.normal(size=(n, n)), s) for s in (3, 14)]
    grain, cloud = (b / b.std() for b in blur)
    return y, x, grain, cloud, *_along_the_canal(y + 0.6 * cloud, x + 0.4 * cloud)


@lru_cache
def parts(worn: bool) -> dict[str, np.ndarray]:
    """Return how much of each part is where, shape (2 SIZE, 2 SIZE), with its texture."""
    y, x, grain, cloud, s, d = _places()
    label = np.full(y.shape, PARTS.index("gut"))

    def paint(part, where):
        label[where] = PARTS.index(part)

    paint("fat", (cloud > -0.2) | (np.abs(d + 44) < 5))
    paint("silent", np.abs(d + 52 + 3 * np.sin(s / 60)) < 7)  # the aorta: blood that has gone on
    paint("muscle", (d > 18) & (d < 66) & (grain + cloud < 0.9))
    paint("fat", (d > 18) & (d < 66) & (grain + cloud >= 0.9))
    level = (s - L45_MM + LEVEL_MM / 2) % LEVEL_MM - LEVEL_MM / 2  # from the middle of a disc
    which = np.round((s - L45_MM) / LEVEL_MM)
    sacrum = which >= 2
    depth = np.where(sacrum, np.clip(34 - 0.22 * (s - L45_MM - LEVEL_MM), 14, 34), 35)
    half = np.where(sacrum, 1.5, DISC_MM - 1.6 * ((d + depth / 2) / (depth / 2)) ** 2)
    waist = 2.0 * np.cos(np.pi * level / LEVEL_MM) ** 2
    column = (d < -0.3) & (d > -depth - 1.5 + (2 - waist))
    body = column & (np.abs(level) > half)
    paint("silent", column)
    paint("marrow", body & (d < -1.6) & (d > -depth + 2 - waist) & (np.abs(level) > half + 1.1))
    ill = worn & (which == 0)
    bulge = np.where(ill, 4.5 * np.exp(-((level / 6) ** 2)), 0.8 * np.exp(-((level / 5) ** 2)))
    paint("fluid", (d > 0.8) & (d < 15))
    paint("fat", (d > 12 + 2.5 * np.cos(2 * np.pi * level / LEVEL_MM)) & (d > 9) & (d < 17))
    centre = 8 - 2 * np.cos((s + 40) / 70)
    cord = 4.2 * np.sqrt(np.clip((CORD_END_MM - s) / 25, 0, 1))
    paint("nerve", np.abs(d - centre) < cord)
    roots = [centre + k + 0.8 * np.sin(s / 17 + k) for k in (1.0, 2.6, 4.0)]
    paint("nerve", (s > CORD_END_MM - 12) & (np.min([np.abs(d - r) for r in roots], 0) < 0.55))
    disc = (np.abs(level) < np.where(ill, 0.75, 1) * half) & ~sacrum
    paint("annulus", disc & (d > -depth - 2) & (d < bulge))
    inner = ((d + depth / 2 - 1) / 12.5) ** 2 + (level / (0.9 * half)) ** 2 < 1
    paint("nucleus", disc & inner & ~ill)
    paint("worn nucleus", disc & inner & ill)
    paint("fluid", body & (np.abs(level) > LEVEL_MM / 2 - 1.6) & (d > -9) & (d < -1))  # a vein
    spine = (s - L45_MM + 0.45 * (d - 20)) % LEVEL_MM - LEVEL_MM / 2
    process = (d > 17) & (d < 47 + 3 * cloud) & ~sacrum
    paint("silent", process & (np.abs(spine) < 9.5 + grain))
    paint("marrow", process & (np.abs(spine) < 8) & (d > 18.5) & (d < 45 + 3 * cloud))
    paint("fat", (d >= 54) | (process & (np.abs(spine) > 14) & (grain > -0.3)))
    skin = 108 + 6 * np.cos(y / 70)
    paint("muscle", np.abs(x - skin) < 1.2)
    paint("silent", (x > skin + 1.2) | (np.abs(d - 51) < 1.2))
    shade = 1 + 0.07 * grain + 0.06 * cloud
    return {part: (label == i) * shade.astype(np.float32) for i, part in enumerate(PARTS[:-1])}


@lru_cache
def _kspace(worn: bool) -> dict[str, np.ndarray]:
    plain = MRProtocol(matrix=(SIZE, SIZE), fov_mm=(FIELD_MM, FIELD_MM), n_coils=1, noise=0)
    near = 1.5 / (1 + np.exp(-(np.linspace(-1, 1, 2 * SIZE) - 0.1) * 3))  # a coil under the back
    return {name: mri.acquire(near * part, plain)[0] for name, part in parts(worn).items()}


def heard(part: str, protocol: MRProtocol) -> float:
    """Return the signal of a part of the spine, relaxed water being 1."""
    if part in TISSUES:
        return mri.tissue_signal(TISSUES[part], protocol)
    density, t1, t2 = 0.9, NUCLEUS_T1_MS, NUCLEUS_T2_MS[part == "worn nucleus"]
    if part == "annulus":
        density, t2 = ANNULUS_DENSITY, ANNULUS_T2_MS
    times = {"tr_ms": protocol.tr_ms, "te_ms": protocol.te_ms}
    if protocol.sequence == "inversion_recovery":
        return contrast.inversion_recovery(density, t1, t2, ti_ms=protocol.ti_ms, **times)
    return contrast.spin_echo(density, t1, t2, **times)


@explorer(
    title="A spine, cut lengthwise",
    weighting=Choice(("T2w", "T1w", "STIR"), label="Weighting"),
    worn=Toggle(True, label="The disc L4/5 is worn"),
)
def spine(*, weighting, worn):
    """See a disc lose its water, a cord in its fluid, and the threads of the nerves."""
    protocol = mri.preset(weighting, matrix=(SIZE, SIZE), fov_mm=(FIELD_MM, FIELD_MM))
    protocol = replace(protocol, slice_thickness_mm=4.0, averages=2)
    signal = {part: abs(heard(part, protocol)) for part in PARTS[:-1]}
    data = sum(np.float32(signal[name]) * part for name, part in _kspace(worn).items())
    image = np.abs(kspace.to_image(noise.gaussian(data, protocol.noise_sigma, 0)))
    shown = ("nucleus", "worn nucleus", "marrow", "fluid", "nerve", "muscle", "fat")
    names = ("disc", "worn", "marrow", "fluid", "nerve", "muscle", "fat")
    return Picture(
        Image(
            image,
            f"{weighting}, seen from the left",
            values=("1", 0, float(np.percentile(image, 99))),
            spacing_mm=FIELD_MM / SIZE,
            colorbar=False,
        ),
        Bars(
            names,
            {"signal": [signal[part] for part in shown]},
            "Signal of each part",
            yaxis=("signal (of M₀)", 0, 0.8),
        ),
        caption=f"{weighting}: the worn disc has {signal['worn nucleus'] / signal['nucleus']:.0%} "
        f"of a healthy one's signal; water of the spinal canal {signal['fluid']:.2f} of M₀",
        alt=f"A simulated lumbar spine from the side, {weighting}: vertebrae, discs, the cord and "
        "its roots in fluid, and the signals of the parts.",
    )
