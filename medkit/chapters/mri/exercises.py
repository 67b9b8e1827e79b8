"""Exercises of ``12_mri``: relaxation, k-space, and what a scan costs."""

import numpy as np

from medkit.course.answers import Matching, Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

_FAT_HZ = 3.4 * 42.577 * 3.0

FAT_SHIFT = Exercise(
    id="12_mri.fat_shift",
    title="Where does the fat go?",
    question=r"""
Protons of fat precess **3.4 ppm** more slowly than those of water. A scanner of **3 T** reads with
a bandwidth of **220 Hz per pixel**. By how many **pixels** does the image of the fat move?
($\gamma/2\pi = 42.577$ MHz/T; give the size, without a sign.)
""",
    answer=Number(
        _FAT_HZ / 220,
        unit="pixels",
        right="Two pixels at 3 T, one at 1.5 T: the shift grows with the field. A wider bandwidth "
        "makes it smaller, and lets more noise in.",
        slips=(
            Slip(_FAT_HZ, "That is the difference in hertz; how many pixels are that, "
                 "at 220 Hz each?", 0.5),
            Slip(_FAT_HZ / 2 / 220, "That is the shift at 1.5 T.", 0.5),
            Slip(220 / _FAT_HZ, "The quotient is the wrong way up: a wider bandwidth makes the "
                 "shift smaller.", 0.5),
            Slip(42.577 * 3 / 220, "Parts per million are missing: 3.4 ppm of the Larmor "
                 "frequency, not the whole of it.", 0.25),
            Slip(2 * np.pi * _FAT_HZ / 220, "You counted radians per second; bandwidth is in "
                 "cycles per second (Hz).", 0.5),
            Slip(3.4 * 42.577 / 220, "The field is missing: at 3 T everything precesses three "
                 "times as fast as at 1 T.", 0.25),
        ),
    ),
    hints=(
        r"The Larmor frequency at 3 T is $42.577 \cdot 3$ MHz. A ppm of a MHz is a Hz.",
        "So fat differs by $3.4 · 127.7$ Hz. How many pixels of 220 Hz are that?",
    ),
    starter="pixels = ...",
    solution_code="larmor_mhz = 42.577 * 3.0\nanswer = 3.4 * larmor_mhz / 220",
    explanation=r"$3.4\ \mathrm{ppm} \cdot 127.7\ \mathrm{MHz} = 434\ \mathrm{Hz}$, and "
    r"$434/220 = 1.97$ pixels.",
)  # fmt: skip


def _ernst(t1_ms, tr_ms):
    return np.rad2deg(np.arccos(np.exp(-tr_ms / t1_ms)))


ERNST = Exercise(
    id="12_mri.ernst",
    title="The flip angle of most signal",
    question=r"""
Write a function that returns Ernst's angle **in degrees** for a tissue of `t1_ms` (an array) and a
repetition time `tr_ms`: $\cos\alpha_E = e^{-T_R/T_1}$.
""",
    answer=Function(
        reference=_ernst,
        cases=(
            Case((np.array([1000.0]), 10.0), "a short TR"),
            Case((np.array([586.0, 855.0, 4300.0]), 5.53), "liver, white matter, fluid"),
            Case((np.array([300.0]), 3000.0), "a TR of many T1: nearly 90°"),
        ),
        right="The shorter TR against T1, the smaller the angle: what is tipped over has no time "
        "to recover.",
        slips=(
            Slip(lambda t1, tr: np.arccos(np.exp(-tr / t1)), "That is in radians: "
                 "`np.rad2deg` turns it into degrees.", 0.75),
            Slip(lambda t1, tr: np.exp(-tr / t1), "That is the cosine of the angle; "
                 "`np.arccos` gives the angle.", 0.5),
            Slip(lambda t1, tr: np.rad2deg(np.exp(-tr / t1)), "That is the cosine, "
                 "in degrees; `np.arccos` is missing.", 0.25),
            Slip(lambda t1, tr: np.rad2deg(np.arccos(np.exp(-t1 / tr))), "TR and T1 have changed "
                 "places.", 0.5),
            Slip(lambda t1, tr: np.rad2deg(np.arccos(1 - np.exp(-tr / t1))), "$1 - e^{-T_R/T_1}$ "
                 "is what recovers; the cosine equals the exponential itself.", 0.25),
            Slip(lambda t1, tr: np.rad2deg(np.arcsin(np.exp(-tr / t1))), "You took the arc sine; "
                 "the formula has a cosine.", 0.25),
        ),
    ),
    hints=(
        "NumPy's inverse of the cosine is `np.arccos`, and it returns radians.",
        "`np.rad2deg(np.arccos(...))`: which expression stands inside?",
    ),
    starter="def ernst_angle(t1_ms, tr_ms):\n    return ...",
    solution_code="""
import numpy as np


def ernst_angle(t1_ms, tr_ms):
    return np.rad2deg(np.arccos(np.exp(-tr_ms / t1_ms)))


answer = ernst_angle
""",
    explanation=r"Set the derivative of $\sin\alpha\,(1-E_1)/(1-E_1\cos\alpha)$ with respect to "
    r"$\alpha$ to zero: $\cos\alpha = E_1 = e^{-T_R/T_1}$.",
)  # fmt: skip


def _null(t1_ms, tr_ms):
    return t1_ms * (np.log(2) - np.log1p(np.exp(-tr_ms / t1_ms)))


NULL_TI = Exercise(
    id="12_mri.null_ti",
    title="Make the fluid vanish",
    question=r"""
FLAIR inverts the magnetisation and waits until the fluid passes zero. With a repetition time that
is not endless, the magnetisation at the time TI after the inversion is

$$M_z = M_0\,\left(1 - 2e^{-T_I/T_1} + e^{-T_R/T_1}\right).$$

Write a function that returns the inversion time (ms) at which it is zero, for `t1_ms` and `tr_ms`.
""",
    answer=Function(
        reference=_null,
        cases=(
            Case((4300.0, 9000.0), "fluid, as in a FLAIR"),
            Case((391.0, 4000.0), "fat, as in a STIR"),
            Case((4300.0, 5000.0), "fluid, a shorter TR"),
        ),
        relative=1e-3,
        right="For the fluid of the brain and TR 9 s it is about 2.5 s: a FLAIR spends most of "
        "its minutes waiting.",
        slips=(
            Slip(lambda t1, tr: t1 * np.log(2) + 0 * tr, "That holds for an endless TR. Here the "
                 "last term, $e^{-T_R/T_1}$, makes the null come earlier.", 0.5),
            Slip(lambda t1, tr: t1 * np.log10(2 / (1 + np.exp(-tr / t1))), "The logarithm must be "
                 "the natural one, `np.log`.", 0.75),
            Slip(lambda t1, tr: -_null(t1, tr), "A negative time: the fraction in the logarithm "
                 "is upside down.", 0.5),
            Slip(lambda t1, tr: t1 * np.log(2 / (1 - np.exp(-tr / t1))), "Check the sign of "
                 "$e^{-T_R/T_1}$: it is added.", 0.5),
            Slip(lambda t1, tr: np.log(2 / (1 + np.exp(-tr / t1))), "The logarithm is right; it "
                 "still has to be multiplied by T1.", 0.75),
            Slip(lambda t1, tr: t1 * np.log(1 + np.exp(-tr / t1)), "The 2 in front of "
                 "$e^{-T_I/T_1}$ was lost.", 0.5),
        ),
    ),
    hints=(
        r"Bring $2e^{-T_I/T_1}$ to one side: $2e^{-T_I/T_1} = 1 + e^{-T_R/T_1}$.",
        r"Take the natural logarithm: $-T_I/T_1 = \ln\frac{1 + e^{-T_R/T_1}}{2}$.",
    ),
    starter="def null_ti(t1_ms, tr_ms):\n    return ...",
    solution_code="""
import numpy as np


def null_ti(t1_ms, tr_ms):
    return t1_ms * np.log(2 / (1 + np.exp(-tr_ms / t1_ms)))


answer = null_ti
""",
    explanation=r"$T_I = T_1 \ln\frac{2}{1 + e^{-T_R/T_1}}$; for an endless TR it is "
    r"$T_1 \ln 2$.",
)  # fmt: skip

K_MAX = Exercise(
    id="12_mri.k_max",
    title="How far out in k-space?",
    question=r"""
You want a field of view of **240 mm** and pixels of **1.25 mm**. k-space is measured
symmetrically, from $-k_\mathrm{max}$ to $+k_\mathrm{max}$, in cycles per centimetre. How large must
$k_\mathrm{max}$ be, in **1/cm**?
""",
    answer=Number(
        4.0,
        unit="1/cm",
        right="The rim of k-space sets the pixel, and the distance of its lines, 1/24 per "
        "centimetre here, sets the field of view.",
        slips=(
            Slip(8.0, "That is the whole width of k-space, from $-k_\\mathrm{max}$ to "
                 "$+k_\\mathrm{max}$.", 0.75),
            Slip(0.8, "In 1/mm that is the whole width of k-space; $k_\\mathrm{max}$ is half of "
                 "it, and wanted in 1/cm.", 0.5),
            Slip(1 / 24, "That is the distance of the lines: it belongs to the field of view. "
                 "What does the *pixel* ask for?", 0.25),
            Slip(192.0, "That is the number of lines; how far out is the last one?", 0.25),
            Slip(96.0, "Those are the lines on one side; multiply by their distance, "
                 "1/(24 cm).", 0.5),
        ),
    ),
    hints=(
        "Two pixels are the shortest wavelength that the image can hold.",
        r"The width of k-space is 1/pixel: $2 k_\mathrm{max} = 1/(0.125\ \mathrm{cm})$.",
    ),
    starter="k_max = ...",
    solution_code="answer = 0.5 / 0.125",
    explanation=r"$2 k_\mathrm{max} = 1/\Delta x = 8$ per cm, so $k_\mathrm{max} = 4$ per cm, and "
    r"with $\Delta k = 1/24$ per cm there are $8 \cdot 24 = 192$ lines.",
)  # fmt: skip

SNR_PRICE = Exercise(
    id="12_mri.snr_price",
    title="The price of half a millimetre",
    question=r"""
A scan has voxels of 1 × 1 × 1 mm. You halve the field of view in both directions and the slice
thickness, with the **same matrix** and bandwidth: voxels of 0.5 × 0.5 × 0.5 mm. By which
**factor** do you have to repeat and average the scan, so that the signal-to-noise ratio stays
what it was?
""",
    answer=Number(
        64.0,
        right="Five minutes become five hours: resolution is the most expensive thing in MRI, and "
        "this is why a stronger magnet is worth its price.",
        slips=(
            Slip(8.0, "The signal falls to an eighth, but averaging $n$ scans raises the "
                 "signal-to-noise ratio only by $\\sqrt n$.", 0.5),
            Slip(2.0, "A voxel has three sides, and averages help by their root only."),
            Slip(4.0, "That would do if one side of the voxel were halved; here it is three.",
                 0.25),
            Slip(16.0, "That would do if two sides were halved; the slice is thinner as well.",
                 0.5),
            Slip(np.sqrt(8), "The root is on the other side: SNR goes as the root of the "
                 "averages, so averages go as the square.", 0.25),
        ),
    ),
    hints=(
        "The signal is proportional to the number of protons in the voxel: to its volume.",
        r"$\mathrm{SNR} \propto V\sqrt{n}$, and $V$ is an eighth. Which $n$ makes up for it?",
    ),
    starter="factor = ...",
    solution_code="answer = (1 / 0.5**3) ** 2",
    explanation=r"The volume falls by 8, and averages count under a root: $8^2 = 64$.",
)  # fmt: skip

_RNG = np.random.default_rng(12)
_S2 = np.array([[1.0, 0.25], [0.5, 1.0]])
_S4 = _RNG.normal(size=(4, 2)) + 1j * _RNG.normal(size=(4, 2))


def _lstsq(s, y):
    return np.linalg.lstsq(s, y, rcond=None)[0]


UNFOLD = Exercise(
    id="12_mri.unfold",
    title="Unfold with two coils",
    question=r"""
Every second line was measured, so each pixel of a coil's image is the sum of **two places** of the
patient: $y_c = s_{c1} x_1 + s_{c2} x_2$. Write a function that returns the two values $x$, given
the sensitivities `s` (array, shape (coils, 2)) and the folded pixel of each coil `y` (shape
(coils,)). With more coils than places, take the least-squares solution. Values may be complex.
""",
    answer=Function(
        reference=_lstsq,
        cases=(
            Case((_S2, _S2 @ np.array([3.0, 1.0])), "two coils, two places"),
            Case((_S4, _S4 @ np.array([1.0, 2.0 - 1.0j])), "four coils, complex"),
            Case((_S4, _S4 @ np.array([0.0, 1.0]) + 0.1), "four coils with some error"),
        ),
        relative=1e-6,
        right="This is SENSE, for one pixel. Where two places sound alike to every coil, the "
        "columns of `s` are nearly parallel, and noise is amplified: the g-factor.",
        slips=(
            Slip(lambda s, y: s.T @ y, "You added up what the coils hear, weighted by their "
                 "sensitivity: that mixes the places. Solve the equations instead.", 0.25),
            Slip(lambda s, y: s.conj().T @ y, "That is only half of least squares: "
                 "$s^\\mathrm{H} y$ still has to be divided by $s^\\mathrm{H} s$.", 0.5),
            Slip(lambda s, y: np.linalg.solve(s.T @ s, s.T @ y), "Right for real numbers. For "
                 "complex ones the transpose needs a conjugate: `s.conj().T`.", 0.75),
            Slip(lambda s, y: np.linalg.solve(s[:2], y[:2]), "You used two of the coils and "
                 "left the others out: with noise, all together know better. Least squares "
                 "(`np.linalg.lstsq`) uses all of them.", 0.75),
            Slip(lambda s, y: y[:2] / np.diag(s[:2]), "You divided each coil by one "
                 "sensitivity, as if it heard one place only.", 0.25),
        ),
    ),
    hints=(
        "These are linear equations: as many as coils, for two unknowns.",
        "`np.linalg.lstsq(s, y, rcond=None)` returns several things; the first is $x$.",
    ),
    starter="def unfold(s, y):\n    return ...",
    solution_code="""
import numpy as np


def unfold(s, y):
    return np.linalg.lstsq(s, y, rcond=None)[0]


answer = unfold
""",
    explanation=r"$x = (s^\mathrm{H} s)^{-1} s^\mathrm{H} y$, which `lstsq` computes stably.",
)  # fmt: skip

ARTEFACTS = Exercise(
    id="12_mri.artefacts",
    title="Which artefact is it?",
    question=r"""
Five pictures, five causes. Give each picture one of `"motion"`, `"small field of view"`, `"spike"`,
`"chemical shift"` and `"few lines"`.

- `"copies"`: pale copies of the bright scalp, evenly spaced up and down the whole picture.
- `"wrap"`: the nose lies on the back of the head.
- `"weave"`: fine parallel stripes over everything, over the air as well.
- `"ripples"`: two or three lines run along beside every sharp edge and fade away from it.
- `"rims"`: a kidney in its fat has a black rim on its left and a white one on its right.
""",
    answer=Matching(
        truth={
            "copies": "motion",
            "wrap": "small field of view",
            "weave": "spike",
            "ripples": "few lines",
            "rims": "chemical shift",
        },
        why={
            "copies": "what repeats while the lines are measured, one after the other?",
            "wrap": "lines that lie too far apart cannot tell two places from one another.",
            "weave": "what is the image of one single point of k-space?",
            "ripples": "what does a Fourier series do at a jump when it ends too soon?",
            "rims": "something moved to one side, and only the fat.",
        },
        right="Ghosts and wraps go along the phase encoding, chemical shift along the read-out: "
        "the direction of an artefact says where to look for its cause.",
    ),
    hints=(
        "For each picture ask what happened in k-space: one point, the rim, the distance of the "
        "lines, or one line against the next?",
        "One point of k-space is a plane wave. The distance of the lines sets the field of view; "
        "its rim sets the sharpness.",
    ),
    starter='cause = {"copies": ..., "wrap": ..., "weave": ..., "ripples": ..., "rims": ...}',
    solution_code="""
answer = {
    "copies": "motion",
    "wrap": "small field of view",
    "weave": "spike",
    "ripples": "few lines",
    "rims": "chemical shift",
}
""",
    explanation="Breathing modulates the lines periodically, which makes copies; lines too far "
    "apart fold; one wrong sample is a wave; a k-space cut short rings; fat is taken for water "
    "that lies elsewhere.",
)

CHAPTER = Chapter(
    stem="12_mri",
    title="Magnetic resonance imaging",
    exercises=(FAT_SHIFT, ERNST, NULL_TI, K_MAX, SNR_PRICE, UNFOLD, ARTEFACTS),
)
