"""Exercises of ``11_ct``: from photons to Hounsfield units."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

_TRANSMITTED = 1e6 * np.exp(-(18 * 0.206 + 2 * 0.604))

TRANSMITTED = Exercise(
    id="11_ct.transmitted",
    title="How many photons get through?",
    question=r"""
A million photons of 60 keV meet a head: together **18 cm of water-like tissue**
($\mu = 0.206\ \mathrm{cm}^{-1}$) and **2 cm of bone** ($\mu = 0.604\ \mathrm{cm}^{-1}$).
How many reach the detector without having interacted?
""",
    answer=Number(
        _TRANSMITTED,
        unit="photons",
        right="Less than one in a hundred gets through, and this is why heads need dose: "
        "noise is decided by the photons that arrive.",
        slips=(
            Slip(1e6 * np.exp(-18 * 0.206), "That is without the bone: "
                 "along the ray, $\\mu$ times length adds up over *all* tissues.", 0.25),
            Slip(1e6 * (np.exp(-18 * 0.206) + np.exp(-2 * 0.604)), "The exponents add up, "
                 "not the exponentials: what leaves the tissue enters the bone.", 0.25),
            Slip(1e6 - _TRANSMITTED, "Those are the photons that were stopped.", 0.5),
            Slip(_TRANSMITTED / 1e6, "That is the fraction; a million photons set out.", 0.5),
            Slip(1e6 * 10 ** -(18 * 0.206 + 2 * 0.604), "Beer–Lambert has $e$, not 10: "
                 "use `np.exp`.", 0.5),
            Slip(1e6 * np.exp(18 * 0.206 + 2 * 0.604), "More photons than set out? "
                 "The exponent is negative.", 0.5),
            Slip(1e6 * np.exp(-20 * 0.206), "You took all 20 cm as water; "
                 "2 cm of them are bone.", 0.25),
        ),
    ),
    hints=(
        r"Beer–Lambert: $I = I_0\, e^{-\int \mu\, dl}$. With two tissues the integral is a sum.",
        r"$\int \mu\, dl = 18 \cdot 0.206 + 2 \cdot 0.604$. Is it a pure number?",
    ),
    starter="photons = ...",
    solution_code="import numpy as np\n\nattenuation = 18 * 0.206 + 2 * 0.604\n"
    "answer = 1e6 * np.exp(-attenuation)",
    explanation=r"The line integral is $4.916$, and $10^6\, e^{-4.916} \approx 7300$ photons. "
    "Turning counts back into this line integral, by a logarithm, is where reconstruction begins.",
)  # fmt: skip

#: μ in 1/mm at 70 keV: air, fat, water, liver and bone (`medkit.constants`).
_TISSUES = np.array([0.0, 0.0178, 0.0193, 0.0203, 0.0494])

WATER_HU = Exercise(
    id="11_ct.water_hu",
    title="Hounsfield's scale",
    question=r"""
Write a function that turns attenuation coefficients `mu` (an array, in 1/mm) into Hounsfield
units, given the coefficient `mu_water` of water at the same energy. Water must come out as 0
and vacuum as −1000.
""",
    answer=Function(
        reference=lambda mu, mu_water: 1000 * (mu - mu_water) / mu_water,
        cases=(
            Case((np.array([0.0193]), 0.0193), "water"),
            Case((np.array([0.0]), 0.0193), "vacuum"),
            Case((_TISSUES, 0.0193), "fat, liver and bone at 70 keV"),
            Case((_TISSUES.reshape(1, 5) * 0.9, 0.0171), "a picture at a higher energy"),
        ),
        absolute=1e-6,
        right="Because water is the yardstick, the scale is the same on every scanner "
        "and, for soft tissue, nearly at every energy.",
        slips=(
            Slip(lambda mu, mu_water: (mu - mu_water) / mu_water, "You forgot the factor 1000.",
                 0.75),
            Slip(lambda mu, mu_water: 1000 * (mu_water - mu) / mu_water, "The sign is flipped: "
                 "what attenuates more than water is positive.", 0.5),
            Slip(lambda mu, mu_water: 1000 * mu / mu_water, "Vacuum is 0 and water 1000 on your "
                 "scale: subtract the coefficient of water first.", 0.5),
            Slip(lambda mu, mu_water: 1000 * (mu - mu_water), "You did not divide by the "
                 "coefficient of water.", 0.5),
            Slip(lambda mu, mu_water: 1000 * (mu - mu_water) / mu, "You divided by the tissue's "
                 "own coefficient; the yardstick is water.", 0.5),
        ),
    ),
    hints=(
        "How much more than water does the tissue attenuate, as a part of water's own value?",
        r"$\mathrm{HU} = 1000\,\frac{\mu - \mu_\mathrm{water}}{\mu_\mathrm{water}}$",
    ),
    starter="def to_hu(mu, mu_water):\n    return ...",
    solution_code="def to_hu(mu, mu_water):\n    return 1000 * (mu - mu_water) / mu_water\n\n\n"
    "answer = to_hu",
    explanation="The difference from water, relative to water, in thousandths.",
)  # fmt: skip


def _chord(s, radius, mu):
    return 2 * mu * np.sqrt(np.maximum(radius**2 - np.asarray(s) ** 2, 0))


_S = np.linspace(-8, 8, 9)

DISC_SINOGRAM = Exercise(
    id="11_ct.disc_sinogram",
    title="The shadow of a disc",
    question=r"""
A disc of radius `radius` (mm) and constant attenuation `mu` (1/mm) is centred on the axis.
Write a function that returns its line integral for rays at the distances `s` (an array, mm) from
the centre. Rays that miss the disc give 0.
""",
    answer=Function(
        reference=_chord,
        cases=(
            Case((np.array([0.0]), 10.0, 0.02), "the ray through the centre"),
            Case((_S, 10.0, 0.02), "rays that all hit the disc"),
            Case((_S * 2, 10.0, 0.05), "rays of which some miss"),
        ),
        right="Every angle sees the same shadow, so the sinogram of this disc is a band. "
        "With this closed form you can test any projector, and the kit does.",
        slips=(
            Slip(lambda s, radius, mu: _chord(s, radius, mu) / 2, "Half of it: the ray crosses "
                 "the disc on both sides of its middle.", 0.5),
            Slip(lambda s, radius, mu: 2 * mu * np.maximum(radius**2 - s**2, 0), "You forgot the "
                 "square root of Pythagoras.", 0.25),
            Slip(lambda s, radius, mu: 2 * mu * np.sqrt(radius**2 - s**2), "Right inside; rays "
                 "that miss give `nan`, the root of a negative number. They should give 0: "
                 "`np.maximum(…, 0)` helps.", 0.75),
            Slip(lambda s, radius, mu: 2 * mu * np.sqrt(np.abs(radius**2 - s**2)), "Right inside, "
                 "but `abs` makes rays that miss cross something: they should give 0.", 0.75),
            Slip(lambda s, radius, mu: _chord(s, radius, 1.0), "That is the length of the path; "
                 "the line integral is $\\mu$ times as much.", 0.5),
        ),
    ),
    hints=(
        "How long is the chord that a ray at distance $s$ cuts from a circle? Draw the triangle.",
        r"Half the chord is $\sqrt{r^2 - s^2}$; the line integral is $\mu$ times the chord.",
        "For rays that miss, $r^2 - s^2$ is negative: `np.maximum(r**2 - s**2, 0)`.",
    ),
    starter="def disc_projection(s, radius, mu):\n    return ...",
    solution_code="""
import numpy as np


def disc_projection(s, radius, mu):
    half_chord = np.sqrt(np.maximum(radius**2 - s**2, 0))
    return 2 * mu * half_chord


answer = disc_projection
""",
    explanation=r"By Pythagoras the half chord is $\sqrt{r^2 - s^2}$, so "
    r"$p(s) = 2\mu\sqrt{r^2 - s^2}$ for $|s| \le r$ and 0 beyond.",
)  # fmt: skip

NOISE_DOSE = Exercise(
    id="11_ct.noise_dose",
    title="The price of half the noise",
    question=r"""
A scan at 100 mAs shows a noise of 20 HU in the liver. You want 10 HU, with everything else the
same. By which **factor** does the dose have to rise?
""",
    answer=Number(
        4.0,
        right="Four times the dose for half the noise, sixteen times for a quarter: "
        "this is why reconstruction and learning that remove noise are worth so much.",
        slips=(
            Slip(2.0, "Noise does not fall as 1/dose. Photons are counted: "
                 "what is the spread of a count of $N$, as a part of $N$?"),
            Slip(np.sqrt(2), "The other way round: the dose enters noise under a root, "
                 "so noise enters dose as a square.", 0.25),
            Slip(0.25, "With a quarter of the dose the noise would double. "
                 "Which way do you want it to go?", 0.5),
            Slip(400.0, "Those are the mAs; the factor is wanted.", 0.75),
        ),
    ),
    hints=(
        r"A count of $N$ photons fluctuates by $\sqrt{N}$, a part $1/\sqrt{N}$ of it.",
        r"Noise is proportional to $1/\sqrt{\mathrm{mAs}}$. Which factor makes the root 2?",
    ),
    starter="factor = ...",
    solution_code="answer = (20 / 10) ** 2",
    explanation=r"$\sigma \propto 1/\sqrt{\mathrm{mAs}}$, so the dose goes as "
    r"$(\sigma_\mathrm{old}/\sigma_\mathrm{new})^2 = 4$.",
)  # fmt: skip

VIEWS = Exercise(
    id="11_ct.views",
    title="How many views are enough?",
    question=r"""
A detector row has **512** elements over the field of view. In the Fourier plane each view fills
one line through the centre. About how many views over 180° are needed so that the lines' ends,
at the highest frequency, lie no farther apart than the samples along a line?
""",
    answer=Number(
        np.pi / 2 * 512,
        relative=0.02,
        right="About 800. With fewer views streaks appear at the edge of the picture first.",
        slips=(
            Slip(512, "The ends lie on a half circle, not on a straight line: "
                 "how long is it, in samples?", 0.5),
            Slip(np.pi * 512, "That is a whole circle of diameter 512; "
                 "each line has two ends, so 180° are enough.", 0.75),
            Slip(np.pi / 4 * 512, "That is a quarter circle; views are needed over 180°.", 0.5),
            Slip(2 / np.pi * 512, "The factor is the other way up.", 0.5),
            Slip(180, "One view per degree is no law: the number grows with the detector."),
        ),
    ),
    hints=(
        "In Fourier space a view is a line of 512 samples through the centre: "
        "its ends are 256 samples from it.",
        r"A half circle of radius 256 is $\pi \cdot 256$ samples long. "
        "How many ends must lie on it, one sample apart?",
    ),
    starter="views = ...",
    solution_code="import numpy as np\n\nanswer = np.pi / 2 * 512",
    explanation=r"The ends lie on a half circle of length $\pi N/2$ samples: "
    r"$\frac{\pi}{2} N \approx 804$ views.",
)  # fmt: skip


def _ramp(projection, pixel_mm):
    frequency = np.fft.fftfreq(len(projection), pixel_mm)
    return np.fft.ifft(np.abs(frequency) * np.fft.fft(projection)).real


def _ramp_unsorted(projection, pixel_mm):
    n = len(projection)
    ramp = np.abs(np.arange(n) - n // 2) / (n * pixel_mm)
    return np.fft.ifft(ramp * np.fft.fft(projection)).real


def _signed(projection, pixel_mm):
    frequency = np.fft.fftfreq(len(projection), pixel_mm)
    return np.fft.ifft(frequency * np.fft.fft(projection)).real


_N = 64

RAMP = Exercise(
    id="11_ct.ramp_filter",
    title="Write the ramp filter",
    question=r"""
Filtered back-projection multiplies the spectrum of every projection by $|f|$, with $f$ in 1/mm.
Write a function that filters one `projection` (a row of samples `pixel_mm` apart) and returns the
filtered row, real and of the same length. (Leave out padding: this row is periodic.)
""",
    answer=Function(
        reference=_ramp,
        cases=(
            Case((np.eye(_N)[20], 1.0), "a single bright sample"),
            Case((np.full(_N, 3.0), 1.0), "a constant row"),
            Case((np.cos(2 * np.pi * 5 * np.arange(_N) / _N), 0.5), "a cosine, samples of 0.5 mm"),
            Case((_chord(np.arange(_N) - 31.5, 20.0, 0.02), 0.7), "the shadow of a disc"),
        ),
        absolute=1e-8,
        right="A constant becomes 0 and a cosine is multiplied by its frequency. "
        "The negative dips beside an edge are what cancels the blur of back-projection.",
        slips=(
            Slip(lambda p, mm: _ramp(p, 1.0), "The shape is right, but frequencies must be in "
                 "1/mm: tell `np.fft.fftfreq` the spacing, `d=pixel_mm`.", 0.75),
            Slip(_ramp_unsorted, "Your ramp has its zero in the middle, but `np.fft.fft` puts "
                 "frequency 0 *first*: use `np.fft.fftfreq` (or `ifftshift`).", 0.5),
            Slip(_signed, "You multiplied by $f$, not by $|f|$: that is a derivative, "
                 "and its real part here is 0.", 0.5),
            Slip(lambda p, mm: np.abs(np.fft.fftfreq(len(p), mm)) * p, "You multiplied the "
                 "projection itself; the ramp belongs to its *spectrum*, `np.fft.fft`.", 0.25),
            Slip(lambda p, mm: np.abs(np.fft.fftfreq(len(p), mm)) * np.fft.fft(p), "That is "
                 "still the spectrum: go back with `np.fft.ifft` and take the real part.", 0.5),
            Slip(lambda p, mm: np.abs(_ramp(p, mm)), "`abs` made the dips beside the edges "
                 "positive; take `.real` instead.", 0.75),
        ),
    ),
    hints=(
        "Three steps: `np.fft.fft`, multiply, `np.fft.ifft`.",
        "`np.fft.fftfreq(n, d=pixel_mm)` gives the frequencies in the order that `fft` uses.",
        "The result is complex with an imaginary part of about 0: take `.real`.",
    ),
    starter="def ramp_filter(projection, pixel_mm):\n    return ...",
    solution_code="""
import numpy as np


def ramp_filter(projection, pixel_mm):
    frequency = np.fft.fftfreq(len(projection), d=pixel_mm)
    return np.fft.ifft(np.abs(frequency) * np.fft.fft(projection)).real


answer = ramp_filter
""",
    explanation=r"In polar coordinates an area of the Fourier plane is $|f|\,df\,d\theta$: "
    "back-projection alone counts low frequencies too often, and $|f|$ corrects that.",
)  # fmt: skip

BEAM_HARDENING = Exercise(
    id="11_ct.beam_hardening",
    title="A cylinder of water",
    question=r"""
A wide cylinder of pure water is scanned with a real X-ray tube and reconstructed without any
correction. How does the **middle** look compared with the rim: `"darker"`, `"brighter"` or
`"equal"`?
""",
    answer=Choice(
        {
            "darker": "Soft photons are lost first, so the beam that reaches the middle is harder "
            "and is attenuated *less* per millimetre: the middle looks as if it were less dense. "
            "The name is cupping.",
            "brighter": "The sign is flipped. The beam deep inside has lost its soft photons; "
            "is water's $\\mu$ larger or smaller for the hard ones that are left?",
            "equal": "With photons of one energy it would be equal. A tube gives a spectrum, and "
            "$\\mu$ depends on energy.",
        },
        truth="darker",
    ),
    hints=(
        "Which photons of the spectrum are lost first on the way in?",
        r"$\mu$ of water falls with energy. Deep inside, the mean energy is higher.",
    ),
    starter='middle = "..."',
    solution_code='answer = "darker"',
    explanation=r"For long paths $-\ln(I/I_0)$ grows more slowly than the length, so "
    r"reconstruction finds too small a $\mu$ in the middle.",
)

ARTEFACTS = Exercise(
    id="11_ct.artefacts",
    title="Which artefact is it?",
    question=r"""
Five pictures, five causes. Give each picture one of `"detector"` (an element that is off),
`"metal"`, `"few views"`, `"motion"` and `"truncation"` (the patient is wider than the detector).

- `"circles"`: fine circles around the centre of rotation, the same in every picture.
- `"star"`: bright and dark streaks that start from two white spots, with black between them.
- `"straw"`: fine straight streaks all over, worst far from the centre and near sharp edges.
- `"double"`: the diaphragm has two outlines, joined by arcs; the spine is sharp.
- `"glow"`: HU rise towards the edge of the picture, in a bright rim, where the body leaves it.
""",
    answer=Matching(
        truth={
            "circles": "detector",
            "star": "metal",
            "straw": "few views",
            "double": "motion",
            "glow": "truncation",
        },
        why={
            "circles": "what is wrong at the same place in every view?",
            "star": "where is almost no photon left, and the logarithm of a count near 0?",
            "straw": "what happens when the back-projected lines no longer blur into each other?",
            "double": "only what moves is drawn twice.",
            "glow": "projections are cut off suddenly there; what does the ramp filter do to that?",
        },
        right="The place and the shape of an artefact tell its cause: a constant fault turns into "
        "a circle, an inconsistent ray into a streak.",
    ),
    hints=(
        "Think of the sinogram: is the fault a column, a row, or a curve in it?",
        "A column (one element, all views) becomes a circle. A few inconsistent rays become "
        "streaks through one place.",
    ),
    starter='cause = {"circles": ..., "star": ..., "straw": ..., "double": ..., "glow": ...}',
    solution_code="""
answer = {
    "circles": "detector",
    "star": "metal",
    "straw": "few views",
    "double": "motion",
    "glow": "truncation",
}
""",
    explanation="A faulty element is a column of the sinogram and back-projects to a circle; metal "
    "starves single rays; with few views the streaks do not cancel; motion makes views disagree; "
    "cut-off projections have a step that the ramp filter raises to a rim.",
)

CHAPTER = Chapter(
    stem="11_ct",
    title="Computed tomography",
    exercises=(
        TRANSMITTED, WATER_HU, DISC_SINOGRAM, NOISE_DOSE, VIEWS, RAMP, BEAM_HARDENING, ARTEFACTS,
    ),
)  # fmt: skip
