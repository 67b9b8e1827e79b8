"""Explorers of ``12_mri``: flip angles and contrast.

Beside it: `spins` turns them, `diffusion` ages a stroke, `kspace` encodes, `artefacts` spoils,
`speed` measures less.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit import anatomy
from medkit.anatomy import lesions
from medkit.physics import mri, noise
from medkit.physics.mri import kspace
from medkit.physics.mri.relaxation import mr_tissue
from medkit.physics.mri.scanner import FAT_LEFT, MRProtocol
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Toggle, explorer

#: Pixels of the images, the slice's height, and the size of a pixel.
SIZE, HEIGHT_MM, FIELD_MM = 192, 10.0, 240.0
PIXEL_MM = FIELD_MM / SIZE
#: The tissues whose curves are drawn, and what to call them.
TISSUES = {"white matter": "white_matter", "grey matter": "grey_matter", "fluid": "csf"}
TRAINS = {"spoiled": "gradient_echo", "balanced (bSSFP)": "bssfp"}


@lru_cache
def head(ill: bool = False):
    """Return three thin planes that make one slice of a head, perhaps with an infarct."""
    if ill:
        return lesions.add(head(False), "infarct", rng=0)
    planes = (HEIGHT_MM - 2.5, HEIGHT_MM, HEIGHT_MM + 2.5)
    return anatomy.head(planes, shape=(384, 384))


@lru_cache
def tissue_kspace(ill: bool = False) -> dict[str, np.ndarray]:
    """Return the k-space of each tissue alone, were its signal 1.

    A scanner is linear: what it measures is the sum of these, each times its signal. So
    a new contrast costs one sum and one Fourier transform.
    """
    patient = head(ill)
    protocol = MRProtocol(matrix=(SIZE, SIZE), n_coils=1, noise=0)
    return {
        name: mri.acquire(
            patient.map({t: float(t == name) for t in patient.tissues}).mean(axis=0), protocol
        )[0]
        for name in patient.tissues
        if mr_tissue(name).density and patient.where(name).any()
    }


def signal(name: str, protocol: MRProtocol) -> float:
    """Return the signal of a tissue, its fat saturated if the protocol says so."""
    left = 1 - mr_tissue(name).fat * (1 - FAT_LEFT) * protocol.fat_saturation
    return mri.tissue_signal(name, protocol) * left


def image(protocol: MRProtocol, ill: bool = False, seed: int = 0) -> np.ndarray:
    """Return the magnitude image of one body coil, shape (SIZE, SIZE)."""
    parts = tissue_kspace(ill)
    data = sum(np.float32(signal(name, protocol)) * part for name, part in parts.items())
    if protocol.noise_sigma:
        data = noise.gaussian(data, protocol.noise_sigma, seed)
    return np.abs(kspace.to_image(data))


def brain(pixels, title: str, protocol: MRProtocol) -> Image:
    """Return a panel whose limits follow the brain, as a scanner's own window does."""
    brightest = max(abs(signal(n, protocol)) for n in ("white_matter", "grey_matter"))
    values = ("1", 0.0, 1.6 * max(brightest, 0.02))
    return Image(pixels, title, values=values, spacing_mm=PIXEL_MM, colorbar=False)


def _swept(protocol, name, values):
    """Return each tissue's signal while one setting varies."""
    return {
        words: np.array([signal(tissue, replace(protocol, **{name: v})) for v in values])
        for words, tissue in TISSUES.items()
    }


@explorer(
    title="Which flip angle?",
    flip_deg=Slider(1, 90, 20, 1, unit="°", label="Flip angle"),
    tr_ms=Slider(4.0, 1000.0, 10.0, unit="ms", label="Repetition time", log=True),
    sequence=Choice(TRAINS, label="What is left over is"),
)
def ernst(*, flip_deg, tr_ms, sequence):
    """Find the flip angle of most signal, and the one of most contrast."""
    protocol = MRProtocol(
        sequence=sequence,
        tr_ms=tr_ms,
        te_ms=min(3.0, tr_ms / 2),
        flip_deg=flip_deg,
        matrix=(SIZE, SIZE),
    )
    angles = np.linspace(0, 90, 91)
    curves = _swept(protocol, "flip_deg", angles)
    best = {words: angles[curve.argmax()] for words, curve in curves.items()}
    white, grey = (signal(name, protocol) for name in ("white_matter", "grey_matter"))
    return Picture(
        brain(image(protocol), "The slice", protocol),
        Lines(
            angles,
            curves,
            "Signal of three tissues",
            xaxis=("flip angle (°)", 0, 90),
            yaxis=("signal (of M₀ of water)", 0, 1.15 * max(c.max() for c in curves.values())),
            marks={"now": flip_deg},
        ),
        caption=f"most signal from white matter at {best['white matter']:.0f}°, from grey at "
        f"{best['grey matter']:.0f}°, from fluid at {best['fluid']:.0f}°; white − grey now "
        f"{(white - grey) / max(white, grey):+.0%} of the brighter",
        alt=f"A gradient-echo image of a head at a flip angle of {flip_deg}°, and the signal of "
        "white matter, grey matter and fluid against flip angle, each with its own maximum.",
    )


@explorer(
    title="Turn the knobs of the scanner",
    tr_ms=Slider(20.0, 10000.0, 500.0, unit="ms", label="Repetition time TR", log=True),
    te_ms=Slider(2.0, 200.0, 12.0, 2.0, unit="ms", label="Echo time TE"),
    ti_ms=Slider(0.0, 3000.0, 0.0, 10.0, unit="ms", label="Inversion time TI (0: no inversion)"),
    field_t=Choice({"1.5 T": 1.5, "3 T": 3.0}, default=3.0, label="Field"),
    fat_saturation=Toggle(False, label="Saturate fat"),
    ill=Toggle(False, label="Infarct, a day old"),
)
def contrasts(*, tr_ms, te_ms, ti_ms, field_t, fat_saturation, ill):
    """Make T1-, T2- and density-weighted images, a FLAIR and a STIR, from one head."""
    inverted = ti_ms > 0
    tr = max(tr_ms, ti_ms + te_ms + 20.0)  # the echo comes before the next repetition
    protocol = MRProtocol(
        sequence="inversion_recovery" if inverted else "spin_echo",
        tr_ms=tr,
        te_ms=te_ms,
        ti_ms=ti_ms,
        fat_saturation=fat_saturation,
        field_t=field_t,
        matrix=(SIZE, SIZE),
    )
    echoes = np.linspace(2, min(200.0, tr - ti_ms - 10), 25)
    knob, label = ("ti_ms", "inversion time (s)") if inverted else ("tr_ms", "TR (s)")
    last = min(3000.0, tr - te_ms - 10) if inverted else 10000.0
    stops = np.linspace(min(te_ms + 20, last / 2), last, 60)
    late, early = _swept(protocol, knob, stops), _swept(protocol, "te_ms", echoes)
    white, grey, fluid = (abs(signal(name, protocol)) for name in TISSUES.values())
    raised = f" (TR raised to {tr:.0f} ms: the echo must fit in)" if tr > tr_ms else ""
    return Picture(
        brain(image(protocol, ill), "The slice", protocol),
        Lines(
            stops / 1000,
            late,
            "Before the echo: T1",
            xaxis=(label, *((0, 3) if inverted else (0, 10))),
            yaxis=("signal (of M₀)", *((-0.9, 0.9) if inverted else (0, 0.9))),
            marks={"now": getattr(protocol, knob) / 1000},
        ),
        Lines(
            echoes,
            early,
            "Until the echo: T2",
            xaxis=("TE (ms)", 0, 200),
            yaxis=("signal (of M₀)", *((-0.9, 0.9) if inverted else (0, 0.9))),
            marks={"now": te_ms},
        ),
        caption=f"white {white:.2f}, grey {grey:.2f}, fluid {fluid:.2f} of M₀{raised}; "
        f"line by line {SIZE * tr / 60000:.1f} min",
        alt=f"A head with TR {tr:.0f} ms, TE {te_ms:.0f} ms and TI {ti_ms:.0f} ms, "
        "and the signals of white matter, grey matter and fluid against both.",
    )
