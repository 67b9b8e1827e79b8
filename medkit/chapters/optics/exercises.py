"""Exercises of ``14_optics``: phase, turns, and what they say about cells and retinas."""

import numpy as np

from medkit.course.answers import Choice, Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

_LAG = 2 * np.pi * 0.035 * 8.0 / 0.633

PHASE_DELAY = Exercise(
    id="14_optics.phase_delay",
    title="How far does a cell hold light back?",
    question=r"""
Red light ($\lambda = 0.633$ µm in air) crosses **8 µm** of a cell with the index **1.370**; beside
it, light crosses the medium with the index **1.335**. By how many **radians** does the first lag
behind the second?
""",
    answer=Number(
        _LAG,
        unit="rad",
        right="Not even half a turn: the cell takes nothing from the light, but its phase is "
        "easy to measure.",
        slips=(
            Slip(2 * np.pi * 0.370 * 8 / 0.633, "That is the lag against *air*. Beside the cell "
                 "there is medium, which slows light down as well.", 0.5),
            Slip(2 * np.pi * 1.370 * 8 / 0.633, "That is the whole phase inside the cell; "
                 "only the difference from its neighbour can be seen.", 0.25),
            Slip(0.035 * 8 / 0.633, "Those are turns (wavelengths). One turn is $2\\pi$ rad.", 0.5),
            Slip(0.035 * 8, "That is the difference of the optical paths, in µm; "
                 "how many wavelengths is it, and how many radians?", 0.25),
            Slip(2 * _LAG, "Light crosses the cell once here: it is not reflected.", 0.5),
            Slip(np.rad2deg(_LAG), "Those are degrees.", 0.75),
        ),
    ),
    hints=(
        "How much longer, in µm, is the *optical* path through the cell than beside it?",
        r"$\varphi = 2\pi\,(n - n_0)\,h/\lambda$",
    ),
    starter="lag = ...",
    solution_code="import numpy as np\n\nanswer = 2 * np.pi * (1.370 - 1.335) * 8 / 0.633",
    explanation=r"The optical path is longer by $0.035 \cdot 8 = 0.28$ µm, that is 0.44 "
    "wavelengths or 2.78 rad.",
)  # fmt: skip


def _four_steps(i0, i1, i2, i3):
    return np.arctan2(np.asarray(i1) - i3, np.asarray(i0) - i2)


def _pictures(phase, background=1.0, modulation=1.0):
    return tuple(
        background + modulation * np.cos(np.asarray(phase) - d) for d in np.arange(4) * np.pi / 2
    )


FOUR_STEPS = Exercise(
    id="14_optics.four_steps",
    title="Four pictures, one phase",
    question=r"""
The reference is delayed by 0, ¼, ½ and ¾ of a turn, and the camera takes a picture each time:
$I_n = A + B\cos(\varphi - n\pi/2)$. Write a function of the four pictures `i0, i1, i2, i3` (arrays)
that returns the phase $\varphi$ in rad, from −π to π, whatever $A$ and $B > 0$ are.
""",
    answer=Function(
        reference=_four_steps,
        cases=(
            Case(_pictures([0.5, 1.0, 1.4], 2.0, 1.0), "small phases"),
            Case(_pictures([-2.5, 2.0, 3.0, -0.3], 2.0, 1.5), "phases in all four quarters"),
            Case(_pictures(np.linspace(-3, 3, 12).reshape(3, 4), 5.0, 0.2), "weak fringes"),
        ),
        absolute=1e-6,
        right="Three unknowns, $A$, $B$ and $\\varphi$, and four pictures: the background cancels "
        "in the differences, the modulation in the ratio.",
        slips=(
            Slip(lambda i0, i1, i2, i3: np.arctan((i1 - i3) / (i0 - i2)), "`arctan` of a ratio "
                 "cannot tell opposite quarters apart: `np.arctan2(y, x)` can.", 0.5),
            Slip(lambda i0, i1, i2, i3: np.arctan2(i0 - i2, i1 - i3), "Sine and cosine are "
                 "swapped: `np.arctan2` takes the sine first.", 0.5),
            Slip(lambda i0, i1, i2, i3: np.arctan2(i3 - i1, i0 - i2), "The sign is flipped: which "
                 "of the pictures 1 and 3 holds $+\\sin\\varphi$?", 0.5),
            Slip(lambda i0, i1, i2, i3: np.arctan2(i1, i0), "The background $A$ is still in "
                 "there: differences of pictures remove it.", 0.25),
        ),
    ),
    hints=(
        r"Write out the four cosines: $\cos(\varphi - \pi/2) = \sin\varphi$, and so on.",
        r"$I_0 - I_2 = 2B\cos\varphi$. Which difference is $2B\sin\varphi$?",
    ),
    starter="def phase_of(i0, i1, i2, i3):\n    return ...",
    solution_code="import numpy as np\n\n\ndef phase_of(i0, i1, i2, i3):\n"
    "    return np.arctan2(i1 - i3, i0 - i2)\n\n\nanswer = phase_of",
    explanation=r"$I_1 - I_3 = 2B\sin\varphi$ and $I_0 - I_2 = 2B\cos\varphi$; `arctan2` of "
    "both is the phase, in the right quarter.",
)  # fmt: skip


def _itoh(wrapped):
    step = np.diff(wrapped)
    step = step - 2 * np.pi * np.round(step / (2 * np.pi))
    return np.concatenate([np.asarray(wrapped)[:1], wrapped[0] + np.cumsum(step)])


def _wrap(phase):
    return np.angle(np.exp(1j * np.asarray(phase)))


UNWRAP = Exercise(
    id="14_optics.unwrap",
    title="Unwrap a line",
    question=r"""
Write a function that unwraps one line of phases `wrapped` (rad, from −π to π): the first value
stays, and each step to the next is the one, among all that differ by whole turns, that is
smaller than half a turn. (Do it with `np.diff`, `np.round` and `np.cumsum`.)
""",
    answer=Function(
        reference=_itoh,
        cases=(
            Case((_wrap(np.arange(8) * 0.3),), "a gentle slope"),
            Case((_wrap(1 + np.arange(30) * 0.9),), "a slope over several turns"),
            Case((_wrap(2.5 - np.arange(30) * 1.1),), "a slope downwards"),
            Case((_wrap(9 * np.exp(-((np.arange(40) - 20.0) ** 2) / 60)),), "a hill"),
        ),
        absolute=1e-6,
        right="This is Itoh's method. It needs steps of less than half a turn, and one bad "
        "value shifts all that follow.",
        slips=(
            Slip(lambda w: np.asarray(w), "That is still wrapped. The raw steps, jumps "
                 "included, add up to the same line: remove whole turns from each first.", 0.25),
            Slip(lambda w: _itoh(w) - w[0], "The line should start with its own first value; "
                 "yours starts with 0.", 0.75),
            Slip(lambda w: _itoh(w)[1:], "One value is missing: a line of $n$ values has "
                 "$n - 1$ steps; put the first value in front.", 0.5),
            Slip(lambda w: np.mod(w, 2 * np.pi), "That only moves the jumps to another "
                 "place.", 0.25),
            Slip(lambda w: np.concatenate([w[:1], w[0] + np.cumsum(np.abs(_wrap(np.diff(w))))]),
                 "Steps down became steps up: keep their sign.", 0.5),
        ),
    ),
    hints=(
        "Take the steps, `np.diff`. How many whole turns are in each?",
        r"`step - 2 * np.pi * np.round(step / (2 * np.pi))` lies between −π and π.",
        "Add the steps up with `np.cumsum`, from the first value on.",
    ),
    starter="def unwrap_line(wrapped):\n    return ...",
    solution_code="""
import numpy as np


def unwrap_line(wrapped):
    step = np.diff(wrapped)
    step = step - 2 * np.pi * np.round(step / (2 * np.pi))
    return np.concatenate([wrapped[:1], wrapped[0] + np.cumsum(step)])


answer = unwrap_line
""",
    explanation="If the true phase changes by less than half a turn from sample to sample, "
    "its steps are those of the wrapped phase, wrapped again.",
)  # fmt: skip

_MASS = 300.0 * 0.55 / (2 * np.pi * 0.18)

DRY_MASS = Exercise(
    id="14_optics.dry_mass",
    title="Weigh a cell with light",
    question=r"""
The phase of a cell, added up over its area, is $\int\varphi\,dA = 300\ \mathrm{rad\,µm^2}$, at
$\lambda = 0.55$ µm. Protein raises the index by $\alpha = 0.18\ \mathrm{µm^3/pg}$. What is the
cell's **dry mass** in pg?
""",
    answer=Number(
        _MASS,
        unit="pg",
        right="A tenth of a billionth of a gram and a bit, without touching the cell.",
        slips=(
            Slip(_MASS * 2 * np.pi, "A phase of $2\\pi$ is one wavelength: divide by $2\\pi$ to "
                 "get the optical path.", 0.5),
            Slip(_MASS * 0.18, "That is the integral of the optical path, in µm³; "
                 "divide by $\\alpha$ to get pg.", 0.5),
            Slip(_MASS * 0.18**2, "You multiplied by $\\alpha$; the index rises by $\\alpha$ per "
                 "mass, so mass is index *over* $\\alpha$.", 0.5),
            Slip(300 / (2 * np.pi * 0.18), "You left out the wavelength.", 0.5),
            Slip(300 / 0.18, "That is phase over $\\alpha$: turn the phase into an optical path "
                 "first, $\\varphi\\lambda/2\\pi$.", 0.25),
        ),
    ),
    hints=(
        r"$\varphi\lambda/2\pi = (n - n_0)h$, and $n - n_0 = \alpha c$ with the concentration $c$.",
        r"$m = \int c\,h\,dA = \frac{\lambda}{2\pi\alpha}\int\varphi\,dA$",
    ),
    starter="mass = ...",
    solution_code="import numpy as np\n\nanswer = 300 * 0.55 / (2 * np.pi * 0.18)",
    explanation=r"$m = \frac{0.55}{2\pi \cdot 0.18} \cdot 300 \approx 146$ pg. "
    "Thickness and shape are not needed.",
)  # fmt: skip

_AXIAL = 2 * np.log(2) / np.pi * 1.05**2 / 0.10 / 1.375

AXIAL = Exercise(
    id="14_optics.axial_resolution",
    title="How fine can it see in depth?",
    question=r"""
An OCT scanner has a light source centred on **1050 nm** with a bandwidth (full width at half
maximum) of **100 nm**. How fine is its axial resolution **in the eye**, index 1.375, in **µm**?
""",
    answer=Number(
        _AXIAL,
        unit="µm",
        right="A fifteenth of a hair. The lens does not enter: depth resolution is bought "
        "with colours alone.",
        slips=(
            Slip(_AXIAL * 1.375, "That is in air; in the eye waves are shorter by the "
                 "index.", 0.5),
            Slip(_AXIAL * 1.375**2, "You multiplied by the index: in the eye the resolution gets "
                 "finer, not coarser.", 0.5),
            Slip(_AXIAL * np.pi / (2 * np.log(2)), "The factor of a Gaussian spectrum is "
                 "missing, $2\\ln 2/\\pi = 0.44$.", 0.5),
            Slip(_AXIAL * 1000, "Those are nanometres.", 0.75),
            Slip(_AXIAL * 2, "That is the coherence length for light going one way; here it "
                 "goes down and up, which halves it.", 0.5),
            Slip(2 * np.log(2) / np.pi * 0.1**2 / 1.05 / 1.375, "Centre and bandwidth are "
                 "swapped.", 0.25),
            Slip(_AXIAL / 1.05, "The wavelength enters squared.", 0.5),
        ),
    ),
    hints=(
        r"$\Delta z = \frac{2\ln 2}{\pi}\,\frac{\lambda_0^2}{\Delta\lambda}$ holds in air.",
        "In the eye everything is shorter by the refractive index. "
        "Work in µm: 1.05 and 0.10.",
    ),
    starter="resolution_um = ...",
    solution_code="import numpy as np\n\n"
    "answer = 2 * np.log(2) / np.pi * 1.05**2 / 0.10 / 1.375",
    explanation=r"$0.441 \cdot 1.1025/0.10 = 4.87$ µm in air, and $4.87/1.375 = 3.54$ µm "
    "in the eye.",
)  # fmt: skip

UPSIDE_DOWN = Exercise(
    id="14_optics.upside_down",
    title="A retina on its head",
    question=r"""
The patient leans forward a little, and suddenly the retina on the OCT screen is upside down. Why?

- `"lens"`: the lens of the eye turns every picture over.
- `"real"`: a spectrum is real, so depths $+z$ and $-z$ write the same fringes.
- `"nyquist"`: the retina lies too deep, and its fringes are finer than the pixels.
- `"dispersion"`: the two arms have different amounts of glass.
""",
    answer=Choice(
        {
            "lens": "The lens turns pictures on the retina from *side to side* and top to bottom, "
            "always, but OCT's depth comes from path lengths; no lens turns those over.",
            "real": "The eye crossed the depth at which both arms are equally long. A real "
            "spectrum cannot tell longer from shorter, so what lies above comes back folded.",
            "nyquist": "That folds too, but at the *other* end of the picture, and for an eye "
            "that is too far away. This patient came nearer.",
            "dispersion": "That blurs every layer, and turns none over.",
        },
        truth="real",
    ),
    hints=(
        "Drag the depth of the eye in the explorer below zero. At which depth does it fold?",
        r"What is the difference between $\cos(2nkz)$ and $\cos(-2nkz)$?",
    ),
    starter='cause = "..."',
    solution_code='answer = "real"',
    explanation=r"$\cos(2nkz) = \cos(-2nkz)$: the Fourier transform of a real spectrum is "
    "symmetric, and what lies before zero delay appears behind it, mirrored.",
)


def _dice(found, truth):
    total = np.sum(found) + np.sum(truth)
    return 2 * np.sum(np.asarray(found) & np.asarray(truth)) / total


_A = np.array([[True, True, False, False], [True, False, False, False]])
_B = np.array([[True, False, False, False], [True, True, True, False]])

DICE = Exercise(
    id="14_optics.dice",
    title="How well do two tracings agree?",
    question=r"""
Write a function of two masks, `found` and `truth` (arrays of bool), that returns their
**Dice overlap**: twice the number of pixels that both hold, over the sum of the numbers that each
of them holds.
""",
    answer=Function(
        reference=_dice,
        cases=(
            Case((_A, _A), "twice the same"),
            Case((_A, ~_A), "nothing in common"),
            Case((_A, _B), "some in common"),
            Case((_A[0], _B[1]), "a row"),
        ),
        right="1 for equal masks, 0 for masks with nothing in common. The background, which is "
        "most of a picture, does not count.",
        slips=(
            Slip(lambda a, b: np.sum(a & b) / np.sum(a | b), "That is the Jaccard index, both "
                 "over either. Dice divides by the *sum* of the sizes.", 0.5),
            Slip(lambda a, b: np.mean(a == b), "That is accuracy: it counts the background, "
                 "and a tracing of nothing at all would look good.", 0.25),
            Slip(lambda a, b: np.sum(a & b) / (np.sum(a) + np.sum(b)), "A factor of 2 is "
                 "missing: equal masks should give 1.", 0.75),
            Slip(lambda a, b: np.sum(a & b) / np.sum(b), "That is sensitivity: whoever calls "
                 "everything a vessel gets 1.", 0.25),
            Slip(lambda a, b: np.sum(a & b) / np.sum(a), "That is precision: whoever marks only "
                 "the surest pixel gets 1.", 0.25),
        ),
    ),
    hints=(
        "`found & truth` is what both hold; `np.sum` of a bool array counts.",
        r"$\frac{2\,|A \cap B|}{|A| + |B|}$",
    ),
    starter="def dice(found, truth):\n    return ...",
    solution_code="import numpy as np\n\n\ndef dice(found, truth):\n"
    "    return 2 * np.sum(found & truth) / (np.sum(found) + np.sum(truth))\n\n\nanswer = dice",
    explanation="It is the harmonic mean of sensitivity and precision, so neither calling "
    "everything nor calling nothing a vessel pays.",
)  # fmt: skip

CHAPTER = Chapter(
    stem="14_optics",
    title="Optical phase imaging",
    exercises=(PHASE_DELAY, FOUR_STEPS, UNWRAP, DRY_MASS, AXIAL, UPSIDE_DOWN, DICE),
)
