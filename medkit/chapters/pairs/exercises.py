"""Exercises of ``36_pairs``: what two can do, and how one would know."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Selection, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

LEADS = Exercise(
    id="36_pairs.lead",
    title="How sure is a lead?",
    question=r"""
A pair was trained on `n` independent draws of patients. `pair`, `a` and `b` hold the AUC of the
pair and of its parents, one number a draw. Write `lead(pair, a, b)`: the mean lead over the
**better parent** (better on average), and its standard error, sample standard deviation over
$\sqrt n$. Return both as a tuple.
""",
    answer=Function(
        reference=lambda pair, a, b: _lead(pair, a, b),
        cases=(
            Case((np.array([0.9, 0.8]), np.array([0.7, 0.7]), np.array([0.8, 0.8])), "two draws"),
            Case((np.array([0.80, 0.90, 0.85]), np.array([0.84, 0.86, 0.82]),
                  np.array([0.60, 0.99, 0.70])), "a parent that is better only once"),
            Case((np.array([0.70, 0.72, 0.74, 0.76]), np.array([0.75, 0.71, 0.78, 0.74]),
                  np.array([0.50, 0.60, 0.55, 0.65])), "four draws, and no help"),
        ),
        right="Draw by draw, so that what makes a draw hard for all cancels.",
        slips=(
            Slip(lambda p, a, b: _against(p, np.maximum(a, b)), "You let the parents take turns: "
                 "the better of two in *each* draw is luckier than either. Choose one parent.",
                 0.5),
            Slip(lambda p, a, b: _against(p, (a + b) / 2), "The mean of both parents is nobody: "
                 "compare with the better one.", 0.5),
            Slip(lambda p, a, b: (_lead(p, a, b)[0], float(_leads(p, a, b).std(ddof=1))),
                 "That is the spread of single draws; the mean of n is surer by √n.", 0.5),
            Slip(lambda p, a, b: (_lead(p, a, b)[0],
                                  float(_leads(p, a, b).std() / np.sqrt(len(p)))),
                 "The *sample* standard deviation divides by n − 1: `ddof=1`.", 0.75),
        ),
    ),
    hints=(
        "First `better = a if a.mean() >= b.mean() else b`.",
        "Then the differences `pair - better`: their mean, and `std(ddof=1) / np.sqrt(n)`.",
    ),
    starter="def lead(pair, a, b):\n    return ...",
    solution_code="""
import numpy as np


def lead(pair, a, b):
    better = a if a.mean() >= b.mean() else b
    leads = pair - better
    return leads.mean(), leads.std(ddof=1) / np.sqrt(len(leads))


answer = lead
""",
    explanation="One parent is chosen once; the differences are taken draw by draw.",
)  # fmt: skip


def _leads(pair, a, b):
    return pair - (a if a.mean() >= b.mean() else b)


def _against(pair, other):
    leads = pair - other
    return float(leads.mean()), float(leads.std(ddof=1) / np.sqrt(len(leads)))


def _lead(pair, a, b):
    return _against(pair, a if a.mean() >= b.mean() else b)


SIZE = Exercise(
    id="36_pairs.size",
    title="What an SVM on top costs",
    question=r"""
A CNN has 6,105 weights; the last layer alone, 32 weights and a bias, makes the decision from 32
features. Now an RBF machine decides instead: it keeps **120 support vectors** of 32 features, one
weight for each, and a bias. How many numbers does the pair need to decide? (The scaling of the
features is not counted.)
""",
    answer=Number(
        6105 - 33 + 120 * 32 + 120 + 1,
        relative=0,
        absolute=0.5,
        right="Two thirds more than the CNN, and it grows with the training data.",
        slips=(
            Slip(6105 + 120 * 32 + 120 + 1, "The CNN's own last layer is not asked any more: take "
                 "its 33 numbers away.", 0.5),
            Slip(120 * 32 + 120 + 1, "That is the machine alone; somebody must make the features.",
                 0.5),
            Slip(6105 - 33 + 120 * 32 + 1, "Each support vector has a weight, too.", 0.5),
            Slip(6105 - 33 + 32 + 1, "That would be a linear machine.", 0.5),
        ),
    ),
    hints=("CNN without its last layer, plus the machine.", "The machine: 120 · 32 + 120 + 1."),
    starter="numbers = ...",
    solution_code="answer = 6105 - 33 + 120 * 32 + 120 + 1",
    explanation="6072 for the features, 3961 for the machine.",
)  # fmt: skip

MATCH = Exercise(
    id="36_pairs.match",
    title="Who needs whom?",
    question=r"""
Four problems. Name the pair that has a reason to help in each: `"SVM+CNN"`, `"CNN+RNN"`,
`"CNN+AE"` or `"AE+GAN"`.

- `"a"`: Echo loops; the question is which wall of the heart contracts first.
- `"b"`: A new scanner: 40 labelled images. The old scanner left an archive with labels; it is the
  same disease.
- `"c"`: 5,000 mammograms without labels, 50 with.
- `"d"`: You want codes from which *new* images can be drawn.
""",
    answer=Matching(
        truth={"a": "CNN+RNN", "b": "SVM+CNN", "c": "CNN+AE", "d": "AE+GAN"},
        why={
            "a": "order in time is what nobody but a recurrence sees.",
            "b": "there are labels for features, but few for the decision.",
            "c": "what can one learn from images that nobody has labelled?",
            "d": "codes must fill a known distribution. Who can insist on that?",
        },
        right="Each time one parent has what the other lacks.",
    ),
    hints=(
        "Ask what is missing: order, labels, or a known distribution of codes.",
        "In b someone has labels for a related task; in c nobody has.",
    ),
    starter='pairs = {"a": ..., "b": ..., "c": ..., "d": ...}',
    solution_code='answer = {"a": "CNN+RNN", "b": "SVM+CNN", "c": "CNN+AE", "d": "AE+GAN"}',
    explanation="Order; features from a related task; a start without labels; codes like noise.",
)

FAIR = Exercise(
    id="36_pairs.fair",
    title="How to make a pair look good",
    question=r"""
Which of these make a pair look better than it is? Give a set of letters.

- `"a"`: The pair's settings are tuned, its parents keep their defaults.
- `"b"`: The parents see the same training patients as the pair.
- `"c"`: The pair may use 600 unlabelled images that neither parent gets.
- `"d"`: Of five seeds the best one is shown, for the pair only.
- `"e"`: The GAN is trained on all patients, those of the test too.
- `"f"`: The interval of the difference is computed on the same cases.
""",
    answer=Selection(
        options={
            "a": "Tuning alone is often worth more than a second algorithm.",
            "b": "That is how it should be.",
            "c": "It may be exactly the pair's merit, and then it is fair to use them; but the "
            "parent that *could* use them (the autoencoder) must get them too.",
            "d": "The best of five is a lucky draw.",
            "e": "Then pictures of the test are in the training set, redrawn.",
            "f": "That makes the comparison sharper, not the pair better.",
        },
        truth=frozenset("acde"),
        right="In our table the autoencoder as a parent gets the unlabelled images as well.",
    ),
    hints=("Four of the six.", "Two of them describe good practice."),
    starter='tricks = {"...", "..."}',
    solution_code='answer = {"a", "c", "d", "e"}',
    explanation="Unequal tuning, unequal data, picked seeds, leakage.",
)

WHY = Exercise(
    id="36_pairs.why",
    title="Nothing gained",
    question=r"""
On 600 labelled images the CNN has an AUC of 0.80, and an SVM on the CNN's own last features 0.80
again. Why: is the SVM `"too weak"`, are the features `"made for a line"`, or are there `"too few
images"`?
""",
    answer=Choice(
        {
            "too weak": "An RBF machine can draw any boundary that a line can, and many more.",
            "made for a line": "The CNN was trained until a line through these features separates "
            "as well as it can. There is nothing left for a bent boundary to find.",
            "too few images": "Both had the same 600, and features were not the bottleneck.",
        },
        truth="made for a line",
    ),
    hints=(
        "What does the CNN's last layer do with these features?",
        "For which kind of boundary were they trained?",
    ),
    starter='reason = "..."',
    solution_code='answer = "made for a line"',
    explanation="The last layer of the CNN is a linear classifier, and the rest was trained to "
    "suit it.",
)

CHAPTER = Chapter(
    stem="36_pairs",
    title="Ten pairs",
    exercises=(LEADS, SIZE, MATCH, FAIR, WHY),
)
