"""Exercises of ``15_pet_ct``: from a half-life to a lesion that only looks mild."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

NAMES = Exercise(
    id="15_pet_ct.names",
    title="Which machine is it?",
    question=r"""
Give each description one of `"MRI"`, `"CT"`, `"PET-CT"` and `"PET/MR"`.

- `"spins"`: a strong magnet and radio waves; in Chinese 核磁共振, nuclear magnetic resonance.
- `"X-rays"`: a tube turns around the patient, and shadows become slices.
- `"pairs and X-rays"`: photons of a tracer inside the patient, and shadows of a tube.
- `"pairs and spins"`: photons of a tracer inside the patient, and radio waves in a magnet.
""",
    answer=Matching(
        truth={
            "spins": "MRI",
            "X-rays": "CT",
            "pairs and X-rays": "PET-CT",
            "pairs and spins": "PET/MR",
        },
        why={
            "spins": "which scanner is a magnet, and nothing else?",
            "X-rays": "which scanner works with a tube alone?",
            "pairs and X-rays": "a tracer is PET; what do the shadows of a tube add?",
            "pairs and spins": "a tracer is PET; what do the magnet and the radio waves add?",
        },
        right="The overview's sentence, CT plus magnetic resonance, fits none of them; "
        "the nearest machine that exists is PET/MR.",
    ),
    hints=(
        "Whoever receives photons from *inside* the patient is PET.",
        "The second half of each name says where the anatomy comes from: CT or MR.",
    ),
    starter='machine = {"spins": ..., "X-rays": ..., "pairs and X-rays": ..., '
    '"pairs and spins": ...}',
    solution_code="""
answer = {
    "spins": "MRI",
    "X-rays": "CT",
    "pairs and X-rays": "PET-CT",
    "pairs and spins": "PET/MR",
}
""",
    explanation="核磁共振 is nuclear magnetic resonance; PET-CT is 正电子发射断层-计算机断层扫描.",
)

_LEFT = 370 * 2 ** (-150 / 109.77)

DECAY = Exercise(
    id="15_pet_ct.decay",
    title="The syringe at half past ten",
    question=r"""
At 8:00 a syringe holds **370 MBq** of fluorine-18, whose half-life is **109.77 min**. The patient
comes late. How many MBq does the syringe hold at **10:30**?
""",
    answer=Number(
        _LEFT,
        unit="MBq",
        right="After two and a half hours less than 40 % is left: a cyclotron must be near, and "
        "every number of PET needs the time to which it belongs.",
        slips=(
            Slip(370 * np.exp(-150 / 109.77), "A *half*-life goes with the base 2: with $e$ you "
                 "need $\\ln 2 \\cdot t / T_{1/2}$ in the exponent.", 0.5),
            Slip(370 * 2 ** (150 / 109.77), "More than at the start? The exponent is negative.",
                 0.5),
            Slip(370 * (1 - 0.5 * 150 / 109.77), "Decay is not a straight line: in each half-life "
                 "half of what is *left* goes.", 0.25),
            Slip(370 - _LEFT, "That is what has decayed.", 0.5),
            Slip(370 * 2 ** (-2.5), "You counted half-lives of one hour; one lasts 109.77 min.",
                 0.25),
            Slip(370 * 2 ** (-230 / 109.77), "From 8:00 to 10:30 it is 150 minutes, not 230.", 0.5),
        ),
    ),
    hints=(
        "How many half-lives are 150 minutes?",
        r"$A = A_0 \cdot 2^{-t/T_{1/2}}$ with $t = 150$ min.",
    ),
    starter="activity = ...",
    solution_code="answer = 370 * 2 ** (-150 / 109.77)",
    explanation=r"150 min are 1.367 half-lives, and $370 \cdot 2^{-1.367} \approx 143$ MBq.",
)  # fmt: skip

_ESCAPE = 100 * np.exp(-0.096 * 30)

ATTENUATION = Exercise(
    id="15_pet_ct.attenuation",
    title="How many pairs get out?",
    question=r"""
Positrons meet electrons **10 cm** below the skin, on a line that crosses **30 cm** of soft
tissue in all ($\mu = 0.096\ \mathrm{cm}^{-1}$ at 511 keV). From how many **percent** of the
pairs that fly along this line do *both* photons leave the body without having interacted?
""",
    answer=Number(
        _ESCAPE,
        unit="percent",
        relative=0.02,
        right="And from 1 cm below the skin it would be just as many: the two paths always "
        "add up to the line. This is why a CT can correct PET exactly, wherever the tracer is.",
        slips=(
            Slip(100 * np.exp(-0.96), "One of the two photons gets out so often, the one with the "
                 "short way. The other has to get out too.", 0.25),
            Slip(100 * np.exp(-1.92), "That is the photon with the long way alone; both have to "
                 "get out.", 0.25),
            Slip(100 * (np.exp(-0.96) + np.exp(-1.92)), "Both must get out, so the chances are "
                 "multiplied, not added.", 0.25),
            Slip(100 - _ESCAPE, "That is the part that is lost.", 0.5),
            Slip(_ESCAPE / 100, "That is the fraction; the answer is wanted in percent.", 0.75),
            Slip(100 * np.exp(-0.096 * 60), "Each photon goes only *its own* part of the line: "
                 "10 and 20 cm, together 30.", 0.5),
        ),
    ),
    hints=(
        "One photon has 10 cm before it, the other 20 cm. What is the chance of each?",
        r"The chances multiply: $e^{-\mu \cdot 10} \cdot e^{-\mu \cdot 20}$.",
    ),
    starter="percent = ...",
    solution_code="import numpy as np\n\nanswer = 100 * np.exp(-0.096 * 10) * np.exp(-0.096 * 20)",
    explanation=r"$e^{-0.96} \cdot e^{-1.92} = e^{-2.88} \approx 5.6\ \%$, whatever the depth.",
)  # fmt: skip


def _mu(hu):
    hu = np.asarray(hu, float)
    return np.where(hu < 47, 9.6e-5 * (hu + 1000), 5.1e-5 * (hu + 1000) + 4.71e-2)


_HU = np.array([-1000.0, -700, -100, 0, 40, 60, 300, 1200])

MU_FROM_CT = Exercise(
    id="15_pet_ct.mu_from_ct",
    title="Two straight lines",
    question=r"""
Write a function that turns Hounsfield units `hu` (an array, from 120 kV) into attenuation at
511 keV in 1/cm: $9.6\cdot10^{-5}\,(\mathrm{HU} + 1000)$ **below 47 HU**, and
$5.10\cdot10^{-5}\,(\mathrm{HU} + 1000) + 4.71\cdot10^{-2}$ **from there on**.
""",
    answer=Function(
        reference=_mu,
        cases=(
            Case((np.array([-1000.0, 0.0]),), "air and water"),
            Case((np.array([300.0, 1200.0]),), "bone"),
            Case((_HU,), "a row from air to bone"),
            Case((_HU.reshape(2, 4),), "a picture"),
        ),
        right="Bone stops CT's soft photons by its calcium, which hard photons hardly notice: "
        "hence the flatter second line.",
        slips=(
            Slip(lambda hu: 9.6e-5 * (hu + 1000), "You used the first line for bone, too: "
                 "its attenuation comes out far too large.", 0.5),
            Slip(lambda hu: 5.1e-5 * (hu + 1000) + 4.71e-2, "You used the second line for air and "
                 "water, too. Should air attenuate?", 0.5),
            Slip(lambda hu: np.where(hu < 47, 5.1e-5 * (hu + 1000) + 4.71e-2, 9.6e-5 * (hu + 1000)),
                 "The two lines are the wrong way round.", 0.5),
            Slip(lambda hu: np.where(hu < 0, 9.6e-5 * (hu + 1000), 5.1e-5 * (hu + 1000) + 4.71e-2),
                 "The lines meet at 47 HU, not at 0: look at brain and muscle.", 0.75),
            Slip(lambda hu: np.where(hu < 47, 9.6e-5 * hu, 5.1e-5 * hu + 4.71e-2),
                 "Both lines count from air: HU + 1000.", 0.5),
            Slip(lambda hu: _mu(hu) / 10, "That is in 1/mm; 1/cm is wanted.", 0.75),
        ),
    ),
    hints=(
        "`np.where(condition, one, other)` chooses element by element.",
        "`np.where(hu < 47, 9.6e-5 * (hu + 1000), ...)`",
    ),
    starter="def mu_511(hu):\n    return ...",
    solution_code="""
import numpy as np


def mu_511(hu):
    soft = 9.6e-5 * (hu + 1000)
    bone = 5.10e-5 * (hu + 1000) + 4.71e-2
    return np.where(hu < 47, soft, bone)


answer = mu_511
""",
    explanation="One line for mixtures of air and water, a flatter one for water and bone "
    "(doi:10.1118/1.2174132).",
)  # fmt: skip


def _em(x, system, counts, background):
    mean = system @ x + background
    return x * (system.T @ (counts / mean)) / system.sum(axis=0)


_A = np.array([[1.0, 0.5, 0.0], [0.2, 1.0, 0.4], [0.0, 0.3, 1.0], [0.6, 0.6, 0.1]])
_X = np.array([2.0, 5.0, 1.0])

EM_STEP = Exercise(
    id="15_pet_ct.em_step",
    title="One step of EM",
    question=r"""
Write one step of MLEM with a background: `x` is the image (n pixels), `system` the matrix $A$
(m lines × n pixels), `counts` the data $y$ and `background` the mean $b$ of scatter and randoms:

$$x_j \leftarrow \frac{x_j}{\sum_i A_{ij}} \sum_i A_{ij}\, \frac{y_i}{(Ax)_i + b_i}$$
""",
    answer=Function(
        reference=_em,
        cases=(
            Case((_X, _A, _A @ _X, np.zeros(4)), "data that already fit: nothing may change"),
            Case((np.ones(3), _A, np.array([6.0, 3.0, 9.0, 4.0]), np.zeros(4)), "first step"),
            Case((_X, _A, np.array([6.0, 3.0, 9.0, 0.0]), np.full(4, 0.5)), "with a background"),
        ),
        right="What fits stays, what is too small grows, nothing turns negative: all of it follows "
        "from one multiplication.",
        slips=(
            Slip(lambda x, a, y, b: x * (a.T @ (y / (a @ x + b))), "You did not divide by "
                 "$\\sum_i A_{ij}$: pixels that are seen often would grow for ever.", 0.5),
            Slip(lambda x, a, y, b: x * (a.T @ (y / (a @ x))) / a.sum(axis=0), "The background is "
                 "missing in the mean: scatter becomes activity.", 0.75),
            Slip(lambda x, a, y, b: x * (a.T @ ((y - b) / (a @ x))) / a.sum(axis=0), "You "
                 "subtracted the background from the counts. It belongs into the *mean*, below the "
                 "line: counts stay counts.", 0.5),
            Slip(lambda x, a, y, b: (a.T @ (y / (a @ x + b))) / a.sum(axis=0), "That is the "
                 "correction; it multiplies the image you had.", 0.5),
            Slip(lambda x, a, y, b: x + (a.T @ (y - a @ x - b)) / a.sum(axis=0), "That adds a "
                 "difference (and may turn negative); EM multiplies by a ratio.", 0.25),
            Slip(lambda x, a, y, b: x * (a.T @ ((a @ x + b) / np.maximum(y, 1e-9))) / a.sum(axis=0),
                 "The ratio is upside down: too few counts must make the image smaller.", 0.5),
        ),
    ),
    hints=(
        "Forward first: `mean = system @ x + background`. Then compare: `counts / mean`.",
        "Back: `system.T @ ratio`. What is $\\sum_i A_{ij}$ in NumPy? `system.sum(axis=0)`.",
    ),
    starter="def em_step(x, system, counts, background):\n    return ...",
    solution_code="""
def em_step(x, system, counts, background):
    ratio = counts / (system @ x + background)
    return x * (system.T @ ratio) / system.sum(axis=0)


answer = em_step
""",
    explanation="Project, compare by division, project back, normalise, multiply.",
)  # fmt: skip


def _suv(activity, dose_mbq, weight_kg, minutes):
    left = 1e6 * dose_mbq * 2 ** (-minutes / 109.77)
    return np.asarray(activity, float) / (left / (1000 * weight_kg))


_BQ = np.array([0.0, 2740.0, 21900.0])

SUV = Exercise(
    id="15_pet_ct.suv",
    title="The standardised uptake value",
    question=r"""
Write a function for the SUV of FDG. `activity` (an array, Bq/mL) is what the scanner shows at the
start of the scan, `minutes` after `dose_mbq` (MBq, measured when it was injected) went into a
patient of `weight_kg`. Take 1 g of tissue as 1 mL, and 109.77 min as the half-life of fluorine-18.
""",
    answer=Function(
        reference=_suv,
        cases=(
            Case((np.array([4000.0]), 300.0, 75.0, 0.0), "at the moment of injection"),
            Case((_BQ, 300.0, 75.0, 60.0), "an hour later"),
            Case((_BQ.reshape(1, 3), 200.0, 54.0, 90.0), "another patient, a picture"),
        ),
        right="Spread evenly, the tracer would give 1 everywhere, in every patient at any time: "
        "that is what *standardised* means.",
        slips=(
            Slip(lambda a, d, w, m: a / (1e6 * d / (1000 * w)), "You compared with the dose at the "
                 "injection, but the activity is of later: let the dose decay as well.", 0.5),
            Slip(lambda a, d, w, m: a / (1e6 * d * 2 ** (m / 109.77) / (1000 * w)), "The dose "
                 "grew with time; the exponent is negative.", 0.5),
            Slip(lambda a, d, w, m: a / (1e6 * d * np.exp(-m / 109.77) / (1000 * w)), "A half-life "
                 "goes with the base 2, not $e$.", 0.75),
            Slip(lambda a, d, w, m: 1000 * _suv(a, d, w, m), "You divided by kilograms; "
                 "a mL of tissue weighs a *gram*.", 0.75),
            Slip(lambda a, d, w, m: 1e6 * _suv(a, d, w, m), "The dose is in MBq, the activity in "
                 "Bq/mL.", 0.75),
            Slip(lambda a, d, w, m: a / (1e6 * d * 2 ** (-m / 109.77)), "The weight is missing: "
                 "the same dose is thinner in a large patient.", 0.5),
        ),
    ),
    hints=(
        "What would be in each gram if what is left of the dose were spread evenly?",
        r"$\mathrm{SUV} = \dfrac{\text{activity}}{\text{dose} \cdot 2^{-t/T_{1/2}} / "
        r"\text{weight}}$, in Bq/mL over Bq/g.",
    ),
    starter="def suv(activity, dose_mbq, weight_kg, minutes):\n    return ...",
    solution_code="""
def suv(activity, dose_mbq, weight_kg, minutes):
    left_bq = 1e6 * dose_mbq * 2 ** (-minutes / 109.77)
    return activity / (left_bq / (1000 * weight_kg))


answer = suv
""",
    explanation="Concentration over mean concentration, both at one moment.",
)  # fmt: skip

SMALL_LESION = Exercise(
    id="15_pet_ct.small_lesion",
    title="A good answer to treatment?",
    question=r"""
Before treatment a lung nodule is 20 mm wide and shows SUV 8. Three months later, on the same
scanner (resolution 7 mm), it is **8 mm** wide and shows **SUV 4**. What follows for each gram of
its tissue: `"half as active"`, `"cannot tell"` or `"twice as active"`?
""",
    answer=Choice(
        {
            "half as active": "So it looks. But how much of its true contrast does a sphere of "
            "8 mm keep at a resolution of 7 mm? Move the diameter in the recovery explorer.",
            "cannot tell": "At 8 mm and 7 mm the recovery is about 0.4, so SUV 4 may well be a "
            "true SUV of 8 or more. The nodule has shrunk; of each gram this says little.",
            "twice as active": "The recovery would allow some such thought, but a factor of two "
            "upwards needs more than one noisy voxel.",
        },
        truth="cannot tell",
    ),
    hints=(
        "Which part of its contrast does a sphere of 8 mm keep? And one of 20 mm?",
        "`sphere_recovery(8, 7)` of `medkit.physics.pet.recovery` answers.",
    ),
    starter='conclusion = "..."',
    solution_code='answer = "cannot tell"',
    explanation="Recovery is nearly 1 for 20 mm and about 0.4 for 8 mm: partial volume alone "
    "explains the fall.",
)

CHAPTER = Chapter(
    stem="15_pet_ct",
    title="PET-CT",
    exercises=(NAMES, DECAY, ATTENUATION, MU_FROM_CT, EM_STEP, SUV, SMALL_LESION),
)
