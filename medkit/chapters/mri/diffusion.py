"""Explorer of ``12_mri``: diffusion; and how a stroke ages, which ``41_stroke`` shows."""

from dataclasses import replace

import numpy as np

from medkit.chapters.mri.explorers import PIXEL_MM, SIZE, TISSUES, image, signal
from medkit.physics import mri
from medkit.physics.mri import contrast
from medkit.physics.mri.relaxation import mr_tissue
from medkit.physics.mri.scanner import MRProtocol
from medkit.views.explorer import Image, Lines, Picture, Slider, explorer

#: ms an hour by which T2 grows in an infarct of grey and of white matter: 38 patients at 3 T,
#: up to 9 hours (Damion et al. 2019, doi:10.1088/1361-6560/ab1442).
T2_GROWTH_MS_H = {"grey_matter": 1.50, "white_matter": 1.40}
#: mm²/s to which D falls at once, and hours in which it does so: a teaching model.
TRAPPED_MM2_S, TRAPPING_H = 0.45e-3, 0.1


@explorer(
    title="Diffusion: an infarct lights up",
    b_s_mm2=Slider(0, 2000, 1000, 50, unit="s/mm²", label="Diffusion weighting b", play_s=8),
    te_ms=Slider(40, 140, 85, 5, unit="ms", label="Echo time"),
)
def diffusion(*, b_s_mm2, te_ms):
    """Turn up the diffusion gradients until the infarct lights up."""
    protocol = mri.preset(
        "DWI", b_s_mm2=float(b_s_mm2), te_ms=float(te_ms), matrix=(SIZE, SIZE), averages=16
    )
    weighted = image(protocol, True)
    plain = replace(protocol, b_s_mm2=0.0)
    strong = replace(protocol, b_s_mm2=1000.0)
    adc = contrast.apparent_diffusion_mm2_s(image(plain, True), image(strong, True, 1), b_s_mm2=1e3)
    b = np.linspace(0, 2000, 60)
    # One short word each: four stand above a narrow panel.
    names = {words.split()[0]: name for words, name in TISSUES.items()} | {"infarct": "infarct"}
    start = {words: signal(name, plain) for words, name in names.items()}
    decay = {
        words: contrast.diffusion(start[words], mr_tissue(name).diffusion_mm2_s, b_s_mm2=b)
        for words, name in names.items()
    }
    now = {words: signal(name, protocol) for words, name in names.items()}
    inside = image(plain, True) > 0.4 * start["white"]
    return Picture(
        Image(
            weighted,
            f"b = {b_s_mm2} s/mm²",
            values=("1", 0, 2.2 * now["grey"]),
            spacing_mm=PIXEL_MM,
            colorbar=False,
        ),
        Image(
            np.where(inside, 1e3 * adc, 0),
            "Map of D (ADC)",
            values=("10⁻³ mm²/s", 0, 2),
            spacing_mm=PIXEL_MM,
        ),
        Lines(
            b,
            decay,
            "Decay with b",
            xaxis=("b (s/mm²)", 0, 2000),
            yaxis=("signal (of M₀)", 0.01, 1, "log"),
            marks={"now": b_s_mm2},
        ),
        caption=f"the infarct is {now['infarct'] / now['grey']:.1f} times as bright as grey "
        f"matter, fluid {now['fluid'] / now['grey']:.1f} times",
        alt=f"A head with an infarct at b = {b_s_mm2} s/mm², the map of its diffusion "
        "coefficient, and the signals of the tissues against b.",
    )


def infarcted(name: str, age_h: float, protocol: MRProtocol) -> float:
    """Return the signal of grey or white matter, `age_h` hours after its blood stopped.

    Only T2 and D change: T2 as measured, D as in most strokes. That water comes in, which
    lengthens T1 and raises the density, is left out.
    """
    tissue = mr_tissue(name)
    t1, t2 = tissue.t1(protocol.field_t), tissue.t2_ms + T2_GROWTH_MS_H[name] * age_h
    times = {"tr_ms": protocol.tr_ms, "te_ms": protocol.te_ms}
    if protocol.sequence == "inversion_recovery":
        heard = contrast.inversion_recovery(tissue.density, t1, t2, ti_ms=protocol.ti_ms, **times)
    else:
        heard = contrast.spin_echo(tissue.density, t1, t2, **times)
    healthy = tissue.diffusion_mm2_s
    trapped = TRAPPED_MM2_S + (healthy - TRAPPED_MM2_S) * np.exp(-age_h / TRAPPING_H)
    return float(contrast.diffusion(heard, trapped, b_s_mm2=protocol.b_s_mm2))


def stroke_protocols() -> dict[str, MRProtocol]:
    """Return the two scans of an emergency: what is asked of a wake-up stroke."""
    return {
        "DWI": mri.preset("DWI", matrix=(SIZE, SIZE), averages=16),
        "FLAIR": mri.preset("FLAIR", matrix=(SIZE, SIZE), averages=2),
    }
