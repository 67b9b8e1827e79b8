"""Exercises of ``35_photons_to_diagnosis``: what photons buy, what knobs cost, when to stop."""

from math import erf, sqrt
from statistics import NormalDist

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

_NORMAL = NormalDist()


def _auc(d):
    return 0.5 * (1 + erf(d / 2))


def _slip(function):
    return lambda d: float(function(d))


AUC = Exercise(
    id="35_photons_to_diagnosis.auc",
    title="From d′ to AUC",
    question=r"""
The scores of healthy pictures are normal with mean 0, those of ill ones with mean $d'$; both have
the standard deviation 1. AUC is the chance that an ill score is higher than a healthy one. Write
`auc(d)`. (`from statistics import NormalDist`; `NormalDist().cdf(z)` is $\Phi(z)$.)
""",
    answer=Function(
        reference=_auc,
        cases=(
            Case((0.0,), "no signal at all"),
            Case((1.0,), "one standard deviation apart"),
            Case((2.5,), "far apart"),
            Case((-1.0,), "scores the wrong way round"),
        ),
        relative=1e-3,
        right="The difference of two scores has the mean d′ and the deviation √2: hence the root.",
        slips=(
            Slip(_slip(_NORMAL.cdf), "You compared with a *fixed* threshold. Two scores vary here, "
                 "so their difference has the variance 1 + 1.", 0.5),
            Slip(_slip(lambda d: _NORMAL.cdf(d / 2)), "The variances of the two scores are added, "
                 "1 + 1 = 2. What is then the standard deviation?", 0.5),
            Slip(_slip(lambda d: _NORMAL.cdf(d * sqrt(2))), "The root goes below the line: noise "
                 "in both scores makes the task harder.", 0.5),
            Slip(_slip(lambda d: 1 - _auc(d)), "The wrong way round: larger d′ must help.", 0.5),
        ),
    ),
    hints=(
        "Call the scores $s_1$ and $s_0$. What are mean and variance of $s_1 - s_0$?",
        "Mean $d'$, variance 2; so the chance that it is positive is $\\Phi(d'/\\sqrt2)$.",
    ),
    starter="def auc(d):\n    return ...",
    solution_code="""
from statistics import NormalDist


def auc(d):
    return NormalDist().cdf(d / 2**0.5)


answer = auc
""",
    explanation=r"$P(s_1 > s_0) = \Phi(d'/\sqrt{2})$.",
)  # fmt: skip

DOSE = Exercise(
    id="35_photons_to_diagnosis.dose",
    title="The price of certainty",
    question=r"""
A scan with **2 mGy** shows a certain lesion with $d' = 1$, which is an AUC of 0.76. You want
$d' = 2.5$, an AUC of 0.96. Noise comes from photons alone. Which dose, in **mGy**, does it take?
""",
    answer=Number(
        2 * 2.5**2,
        unit="mGy",
        right="More than six times the dose, for one step in certainty: this is why dose is a "
        "budget, and why the next step is paid worse than the last.",
        slips=(
            Slip(5.0, "Signal grows with the photons, but noise grows with their root. So d′ grows "
                 "with the root of the dose.", 0.25),
            Slip(2 * np.sqrt(2.5), "The root is on the other side: dose goes with the square of "
                 "d′.", 0.5),
            Slip(2.5**2, "That is how many *times* the dose; of 2 mGy.", 0.75),
        ),
    ),
    hints=(
        r"$d' = c\,\sqrt{N}$, where $N$ is the number of photons under the lesion.",
        r"$2\ \mathrm{mGy} \cdot (2.5 / 1)^2$.",
    ),
    starter="dose = ...",
    solution_code="answer = 2 * 2.5**2",
    explanation=r"$d' \propto \sqrt{\text{dose}}$, so the dose goes with $d'^2$: 12.5 mGy.",
)  # fmt: skip

COST = Exercise(
    id="35_photons_to_diagnosis.cost",
    title="Who pays?",
    question=r"""
Each of the five scanners has a knob that makes better pictures, and each knob has a price. Give
each one of `"radiation"`, `"depth"`, `"money"` and `"time"`.

- `"CT current"`: more tube current in a CT
- `"US frequency"`: a higher frequency in ultrasound
- `"MR field"`: a stronger magnet
- `"PET counts"`: more counts in PET, at the same injected activity
""",
    answer=Matching(
        truth={
            "CT current": "radiation",
            "US frequency": "depth",
            "MR field": "money",
            "PET counts": "time",
        },
        why={
            "CT current": "what does each further X-ray photon do on its way through the patient?",
            "US frequency": "what does tissue do to high frequencies?",
            "MR field": "the patient gets nothing more of it; what does the hospital have to buy?",
            "PET counts": "the tracer is already inside; how do you get more of its photons?",
        },
        right="No knob is free, and the price is not always paid by the one who turns it.",
    ),
    hints=(
        "Only one of the four is paid by the patient in dose.",
        "Attenuation in tissue is about 0.5 dB per cm *and per MHz*.",
    ),
    starter='price = {"CT current": ..., "US frequency": ..., "MR field": ..., "PET counts": ...}',
    solution_code="""
answer = {
    "CT current": "radiation",
    "US frequency": "depth",
    "MR field": "money",
    "PET counts": "time",
}
""",
    explanation="Current is dose, frequency is depth, field is money, counts are minutes.",
)

SHIFT = Exercise(
    id="35_photons_to_diagnosis.shift",
    title="A cheaper scanner",
    question=r"""
A classifier was trained on the pictures of a good scanner. A hospital with a worse scanner uses
it, and its AUC falls from 0.85 to 0.65. Trained anew on pictures of the worse scanner, the same
kind of classifier reaches 0.80. What does the gap between 0.65 and 0.80 tell?
`"lost in the scanner"`, `"lost in the shift"` or `"overfitting"`?
""",
    answer=Choice(
        {
            "lost in the scanner": "What the scanner has lost, no training brings back. But 0.80 "
            "was reached with these very pictures.",
            "lost in the shift": "The information is in the pictures, for 0.80 can be had from "
            "them; the old classifier looks for it in the wrong way. The gap from 0.85 to 0.80 is "
            "what the scanner lost.",
            "overfitting": "That would show as a gap between training and test pictures of the "
            "*same* scanner.",
        },
        truth="lost in the shift",
    ),
    hints=(
        "Which of the three AUCs says what is *in* the worse pictures?",
        "0.80 can be had from them. So what is missing at 0.65?",
    ),
    starter='gap = "..."',
    solution_code='answer = "lost in the shift"',
    explanation="0.85 − 0.80 is the scanner's loss, 0.80 − 0.65 that of the shift.",
)

CHAPTER = Chapter(
    stem="35_photons_to_diagnosis",
    title="From photons to diagnosis",
    exercises=(AUC, DOSE, COST, SHIFT),
)
