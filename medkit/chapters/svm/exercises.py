"""Exercises of ``30_svm``: from the width of a street to a listing that hides its faults."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Selection, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

WIDTH = Exercise(
    id="30_svm.width",
    title="How wide is it?",
    question=r"""
A machine has learned $f(x) = w \cdot x + b$ with $w = (3, 4)$ and $b = -7$. How wide is its street,
from the line $f = -1$ to the line $f = +1$?
""",
    answer=Number(
        0.4,
        right="The bias moves the street, but does not change its width.",
        slips=(
            Slip(0.2, "That is from the middle to one edge; the street has two sides.", 0.5),
            Slip(2 / 7, "$\\|w\\|$ is the length of $w$, not the sum of its numbers: Pythagoras.",
                 0.5),
            Slip(2 / 25, "You did not take the root: $\\|w\\| = \\sqrt{3^2 + 4^2}$.", 0.5),
            Slip(5.0, "That is $\\|w\\|$. A *steep* f has a *narrow* street.", 0.25),
            Slip(2.5, "That is the inverse.", 0.5),
            Slip(10.0, "The width is 2 *divided* by the length of $w$.", 0.25),
            Slip(1.4, "That is the distance of the middle from the origin, $|b|/\\|w\\|$.", 0.25),
        ),
    ),
    hints=(
        "One step along $w/\\|w\\|$ of length $t$ changes $f$ by $t\\,\\|w\\|$.",
        "By how much does $f$ change from one edge to the other? And how long is $w$?",
    ),
    starter="width = ...",
    solution_code="answer = 2 / (3**2 + 4**2) ** 0.5",
    explanation=r"$2 / \|w\| = 2 / \sqrt{3^2 + 4^2} = 0.4$.",
)  # fmt: skip


def _hinge(y, f):
    return np.maximum(0, 1 - np.asarray(y) * np.asarray(f))


_Y = np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0])
_F = np.array([2.0, 0.5, -1.0, -3.0, 0.0, 2.0])

HINGE = Exercise(
    id="30_svm.hinge",
    title="What a mistake costs",
    question=r"""
Write the hinge loss: `y` holds labels −1 and +1, `f` the decision function (arrays of one length).
A sample costs nothing if it is on or beyond *its own* edge of the street, and else as much as it
lies short of it: $\max(0,\ 1 - y f)$.
""",
    answer=Function(
        reference=_hinge,
        cases=(
            Case((np.array([1.0, -1.0]), np.array([1.0, -1.0])), "both on their edge"),
            Case((np.array([1.0, 1.0]), np.array([0.0, -1.0])), "in the middle, and beyond it"),
            Case((_Y, _F), "samples of both classes"),
        ),
        right="Nothing to pay beyond the edge: this zero is why most samples do not matter.",
        slips=(
            Slip(lambda y, f: np.maximum(0, -y * f), "A sample pays as soon as it is *inside the "
                 "street*, not only on the wrong side: compare $yf$ with 1.", 0.5),
            Slip(lambda y, f: 1 - y * f, "Who is far on the right side would be paid for it. Cut "
                 "off below 0.", 0.5),
            Slip(lambda y, f: (y * f < 1).astype(float), "That counts; the hinge *measures* how "
                 "far.", 0.25),
            Slip(lambda y, f: np.maximum(0, 1 - f), "The label is missing: for the class −1 the "
                 "right side is where $f$ is negative.", 0.5),
            Slip(lambda y, f: np.maximum(0, 1 - y * f) ** 2, "That is the squared hinge, another "
                 "machine.", 0.5),
            Slip(lambda y, f: np.maximum(0, 1 - y * f).sum(), "One number for each sample, please; "
                 "the sum comes later.", 0.75),
        ),
    ),
    hints=(
        "`y * f` is positive on the right side, and 1 on the edge.",
        "`np.maximum(0, ...)` compares element by element.",
    ),
    starter="def hinge(y, f):\n    return ...",
    solution_code="""
import numpy as np


def hinge(y, f):
    return np.maximum(0, 1 - y * f)


answer = hinge
""",
    explanation="Zero beyond the edge, then a straight slope.",
)  # fmt: skip

KKT = Exercise(
    id="30_svm.kkt",
    title="Read the weights",
    question=r"""
After training with $C = 1$ four samples have these weights $\alpha$ and margins $yf$. One of the
four cannot be. Give each one of `"off the street"`, `"on its edge"`, `"in the street"` and
`"impossible"`.

- `"a"`: $\alpha = 0$
- `"b"`: $\alpha = 0.3$
- `"c"`: $\alpha = 1$ and $yf = 0.2$
- `"d"`: $\alpha = 0$ and $yf = 0.2$
""",
    answer=Matching(
        truth={
            "a": "off the street",
            "b": "on its edge",
            "c": "in the street",
            "d": "impossible",
        },
        why={
            "a": "a sample that pushes with no force: where must it be?",
            "b": "between 0 and C neither bound holds the weight. What holds it?",
            "c": "read yf: between 0 and 1. And it pushes with all it may.",
            "d": "yf = 0.2 is short of its edge, so it costs something. May it then push with no "
            "force?",
        },
        right="With these three lines you can read any support vector machine.",
    ),
    hints=(
        "Beyond the edge: α = 0. On the edge: anything between. Short of it: α = C.",
        "Only one of them breaks such a line.",
    ),
    starter='where = {"a": ..., "b": ..., "c": ..., "d": ...}',
    solution_code="""
answer = {"a": "off the street", "b": "on its edge", "c": "in the street", "d": "impossible"}
""",
    explanation="α(yf − 1 + ξ) = 0 and (C − α)ξ = 0, with ξ the hinge loss of the sample.",
)


def _rbf(a, b, gamma):
    return np.exp(-gamma * ((a[:, None] - b[None]) ** 2).sum(-1))


_A = np.array([[0.0, 0.0], [1.0, 2.0], [-1.0, 0.5]])
_B = np.array([[1.0, 2.0], [3.0, -1.0]])

RBF = Exercise(
    id="30_svm.rbf",
    title="The kernel of everyday",
    question=r"""
Write the RBF kernel. `a` has shape (n, d), `b` has shape (m, d), and the result shape (n, m):

$$K_{ij} = e^{-\gamma\, |a_i - b_j|^2}$$
""",
    answer=Function(
        reference=_rbf,
        cases=(
            Case((_A, _A, 0.5), "samples with themselves"),
            Case((_A, _B, 0.5), "three with two"),
            Case((_A, _B, 2.0), "a more local kernel"),
        ),
        right="On the diagonal 1, far away 0: a kernel says how alike two samples are.",
        slips=(
            Slip(lambda a, b, g: np.exp(-g * np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))),
                 "You took the distance; the kernel takes its *square*.", 0.5),
            Slip(lambda a, b, g: np.exp(-((a[:, None] - b[None]) ** 2).sum(-1) / (2 * g**2)),
                 "That is a Gaussian of width γ; here γ stands in front: a large γ is a narrow "
                 "bell.", 0.5),
            Slip(lambda a, b, g: np.exp(g * ((a[:, None] - b[None]) ** 2).sum(-1)),
                 "The minus sign is missing: strangers would be the most alike.", 0.5),
            Slip(lambda a, b, g: _rbf(b, a, g), "Rows belong to `a`, columns to `b`.", 0.5),
            Slip(lambda a, b, g: g * ((a[:, None] - b[None]) ** 2).sum(-1),
                 "That is the exponent without its sign; the $e$ is missing.", 0.25),
        ),
    ),
    hints=(
        "`a[:, None] - b[None]` has shape (n, m, d): all differences.",
        "Square, sum over the last axis, multiply by −γ, `np.exp`.",
    ),
    starter="def rbf(a, b, gamma):\n    return ...",
    solution_code="""
import numpy as np


def rbf(a, b, gamma):
    squares = ((a[:, None] - b[None]) ** 2).sum(-1)
    return np.exp(-gamma * squares)


answer = rbf
""",
    explanation="All differences at once, squared, summed, and into the exponential.",
)  # fmt: skip

_KERNEL = float(np.exp(-2))

GAMMA = Exercise(
    id="30_svm.gamma",
    title="Why scikit-learn's γ is one over the number of features",
    question=r"""
Two patients have **500** features each, scaled to mean 0 and variance 1, and independent. Then
$|a - b|^2$ is about $2 \cdot 500$. What is their kernel value $e^{-\gamma |a - b|^2}$ with
$\gamma = 1/500$, which is what `gamma="scale"` means here?
""",
    answer=Number(
        _KERNEL,
        relative=0.03,
        right="Neither 0 nor 1: strangers have some say. With γ = 1 it would be e to the power "
        "−1000, so each patient would know nobody but themselves: learned by heart.",
        slips=(
            Slip(np.exp(-1), "The squared distance is twice the number of features: both "
                 "patients vary.", 0.5),
            Slip(np.exp(-4), "2 · 500 / 500 is 2.", 0.25),
            Slip(np.exp(2), "More than 1 would be more alike than equal: the exponent is "
                 "negative.", 0.5),
            Slip(0.0, "That is what γ = 1 gives; with 1/500 the exponent is −2.", 0.25),
            Slip(2.0, "That is the exponent without its sign.", 0.25),
        ),
    ),
    hints=("Put in: γ times the squared distance is a small whole number.", "$e^{-2}$."),
    starter="kernel = ...",
    solution_code="import numpy as np\n\nanswer = np.exp(-1000 / 500)",
    explanation=r"$e^{-2} \approx 0.135$, whatever the number of features.",
)  # fmt: skip

LISTING = Exercise(
    id="30_svm.listing",
    title="Four lines, five faults",
    question=r"""
The overview's whole program for this algorithm is

```python
from sklearn import svm
model = svm.SVC()
model.fit(X_train, y_train)
y_pred = model.predict(X_test)
```

It runs. Which of these would nonetheless go wrong, or unnoticed, with several images of each
patient? Give a set of letters.

- `"a"`: Features of different sizes are not brought to one scale.
- `"b"`: C and γ are what they happen to be.
- `"c"`: Nothing keeps images of one patient from being in both parts.
- `"d"`: `SVC` can only draw straight lines.
- `"e"`: `y_pred` are yes and no: no ROC curve, no other threshold, no probability.
- `"f"`: Images of shape (n, rows, columns) are refused: someone must make features of them.
- `"g"`: Two runs give different machines.
""",
    answer=Selection(
        options={
            "a": "Without a scale the feature with the largest numbers decides alone.",
            "b": "The defaults are a guess. Cross-validation among training patients chooses.",
            "c": "How `X_train` came about is not shown, and that is the commonest way to a score "
            "that is too good.",
            "d": "The default kernel of `SVC` is RBF, which bends as you like.",
            "e": "A doctor needs to choose between missed and false alarms: "
            "`decision_function`, or calibrated probabilities.",
            "f": "`SVC` takes a table. Which features it holds matters more than the machine.",
            "g": "The problem has one solution, and the solver no dice.",
        },
        truth=frozenset("abcef"),
        right="All five are repaired in this notebook, in a pipeline of four lines.",
    ),
    hints=("Five of the seven.", "Which kernel does `help(sklearn.svm.SVC)` name as the default?"),
    starter='faults = {"...", "..."}',
    solution_code='answer = {"a", "b", "c", "e", "f"}',
    explanation="Scale, choice of settings, split by patient, scores instead of labels, features.",
)

LEAK = Exercise(
    id="30_svm.leak",
    title="Too good",
    question=r"""
Someone cuts 5000 overlapping patches from one photograph of a retina, shuffles them, trains on
4000 and reports 99 % on the other 1000. On a photograph of the next patient the same machine has
80 %. What was wrong: `"too few patches"`, `"the split"` or `"the kernel"`?
""",
    answer=Choice(
        {
            "too few patches": "5000 is plenty. But how many of the 1000 had a neighbour among the "
            "4000 that is the same but for a pixel?",
            "the split": "Each test patch had a near twin in training. Split by patient; within "
            "one photograph, by place, with a gap as wide as a patch.",
            "the kernel": "Another kernel would have been fooled as well.",
        },
        truth="the split",
    ),
    hints=(
        "What do two patches share that lie three pixels apart?",
        "What would a machine score that just looks up the most similar training patch?",
    ),
    starter='reason = "..."',
    solution_code='answer = "the split"',
    explanation="Neighbouring patches are copies of each other: shuffling puts copies on both "
    "sides.",
)

CHAPTER = Chapter(
    stem="30_svm",
    title="Support vector machines",
    exercises=(WIDTH, HINGE, KKT, RBF, GAMMA, LISTING, LEAK),
)
