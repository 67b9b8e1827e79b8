"""Exercises of ``34_gan``: the best judge, two losses, a broken listing, and how to judge."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Selection, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

BEST_JUDGE = Exercise(
    id="34_gan.best_judge",
    title="The best discriminator",
    question=r"""
At a place $x$ real samples have the density `p`, forgeries the density `q`, and both come equally
often. Write a function of `p` and `q` (arrays) that returns the probability that a sample found
there is **real**.
""",
    answer=Function(
        reference=lambda p, q: np.asarray(p) / (np.asarray(p) + q),
        cases=(
            Case((np.array([1.0, 0.5, 0.2]), np.array([1.0, 0.5, 0.2])), "equal densities"),
            Case((np.array([0.3, 0.6]), np.array([0.1, 0.0])), "a forger who misses a place"),
            Case((np.array([0.0, 0.2]), np.array([0.4, 0.8])), "a forger who draws too often"),
        ),
        absolute=1e-9,
        right="This is Bayes' rule, and what a discriminator learns if it has the time. Against "
        "a perfect forger it answers ½, everywhere.",
        slips=(
            Slip(lambda p, q: q / (p + q), "That is the probability of a *forgery*.", 0.5),
            Slip(lambda p, q: p / (q + 1e-300), "That is the odds of being real, p to q; as "
                 "a probability, p among all, p and q.", 0.5),
            Slip(lambda p, q: p - q, "A difference of densities is no probability.", 0.25),
            Slip(lambda p, q: 1.0 * (p > q), "That is the better guess, yes or no. How sure is "
                 "it?", 0.25),
        ),
    ),
    hints=(
        "Of 100 samples found near x, how many are real if p is three times q?",
        r"Bayes: $\frac{p}{p + q}$.",
    ),
    starter="def best(p, q):\n    return ...",
    solution_code="def best(p, q):\n    return p / (p + q)\n\n\nanswer = best",
    explanation=r"$p \log D + q \log(1 - D)$ is greatest where $p/D = q/(1 - D)$.",
)  # fmt: skip

HALF = Exercise(
    id="34_gan.value_at_half",
    title="The value of a lost game",
    question=r"""
The forger has become perfect; the discriminator answers ½ to everything. What is then the value of
the game, the mean of $\log D(x)$ over real samples plus the mean of $\log(1 - D(x))$ over forgeries
(natural logarithm)?
""",
    answer=Number(
        -np.log(4),
        right="−log 4. A discriminator's *loss*, with the sign turned, is 1.386 when it has lost: "
        "a number worth knowing when you watch a training.",
        slips=(
            Slip(-np.log(2), "That is one of the two terms.", 0.5),
            Slip(np.log(4), "That is the discriminator's loss; the value is its negative.", 0.75),
            Slip(0.0, "log ½ is not 0; log 1 is.", 0.25),
            Slip(-2.0, "Those are bits: take the natural logarithm.", 0.75),
            Slip(-np.log10(4), "Take the natural logarithm, `np.log`.", 0.75),
        ),
    ),
    hints=(r"$\log\frac12 + \log\left(1 - \frac12\right)$", "`2 * np.log(0.5)`"),
    starter="value = ...",
    solution_code="import numpy as np\n\nanswer = 2 * np.log(0.5)",
    explanation=r"$\log\frac12 + \log\frac12 = -\log 4 = -1.386$.",
)  # fmt: skip

SLOPES = Exercise(
    id="34_gan.slopes",
    title="How much steeper?",
    question=r"""
The discriminator gives a forgery $D = 0.02$. The generator's loss may be $\log(1 - D)$ or
$-\log D$; with $D = 1/(1 + e^{-t})$ their slopes against the logit $t$ have the sizes $D$ and
$1 - D$. **How many times** as steep is the second?
""",
    answer=Number(
        0.98 / 0.02,
        right="Forty-nine times the gradient, at the moment when the generator most needs one.",
        slips=(
            Slip(0.02 / 0.98, "That is the other way round.", 0.5),
            Slip(1 / 0.02, "Nearly: the second slope is 1 − D, not 1.", 0.75),
            Slip(0.98, "That is the second slope alone.", 0.25),
            Slip(0.98 - 0.02, "That is the difference; how many *times*?", 0.25),
            Slip(np.log(0.02) / np.log(0.98), "That compares the losses; the generator follows "
                 "their *slopes*.", 0.25),
        ),
    ),
    hints=("Put D = 0.02 into both slopes.", r"$\frac{1 - D}{D}$"),
    starter="times = ...",
    solution_code="answer = (1 - 0.02) / 0.02",
    explanation=r"$0.98 / 0.02 = 49$.",
)  # fmt: skip

_FAULTS = {
    "numpy": "`np` is used and never imported: the loop stops at its first line.",
    "noise_out": "The generator climbs to 12,544 numbers and then down again to 100: what comes "
    "out is as large as the noise that went in, and no image.",
    "linear": "`activation='linear'`: dense layers without a bend between them are, apart from "
    "the normalisation, one single linear layer, however many there are.",
    "no_real": "No line loads a real image; the discriminator is shown forgeries (labelled "
    "1, “real”) and noise (labelled 0). How should it know what is real?",
    "frozen": "`trainable = False` stands before the step that is to train the discriminator, "
    "`True` before the one that is to train the generator: the wrong way round.",
    "wrong_network": "The “generator's” step feeds noise to the *discriminator*. The generator is "
    "used by `predict` only: no line trains it.",
    "threshold": "`gen_imgs > 0.5` is a step: its slope is 0 nearly everywhere, so no gradient "
    "could reach the generator through it.",
    "one": "A batch of one: batch normalisation subtracts the mean of the batch, which *is* the "
    "sample, so in training every normalised layer puts out the same, whatever goes in.",
    "reshape": "100 numbers cannot be reshaped to 1 × 49 × 256 = 12,544.",
    "adam": "`Adam(0.0002, 0.5)` is in order: learning rate and β₁, the values of the DCGAN paper.",
    "bias": "`use_bias=False` before a batch normalisation is in order: the normalisation "
    "takes any constant away and adds its own.",
    "loss": "`binary_crossentropy` with a sigmoid at the end of the discriminator is in order.",
}

FAULTS = Exercise(
    id="34_gan.faults",
    title="All the faults of a listing",
    question=r"""
Which of these are faults of the listing above? Answer with a set, such as `{"numpy", "adam"}`.

- `"numpy"`: `np` is not imported.
- `"noise_out"`: the generator puts out 100 numbers, as many as it takes.
- `"linear"`: the discriminator's layers have no activation.
- `"no_real"`: no real image occurs.
- `"frozen"`: the discriminator is frozen where it should learn, and the other way round.
- `"wrong_network"`: noise is fed to the discriminator; nothing trains the generator.
- `"threshold"`: forgeries are made black or white.
- `"one"`: each batch holds one sample.
- `"reshape"`: forgeries are reshaped to 1 × 49 × 256.
- `"adam"`: the settings of `Adam`.
- `"bias"`: `use_bias=False`.
- `"loss"`: the discriminator's loss.
""",
    answer=Selection(
        _FAULTS,
        truth=frozenset(_FAULTS) - {"adam", "bias", "loss"},
        right="All nine. Two of them stop the program at once; the other seven would let it run, "
        "print losses, and learn nothing, which is worse.",
    ),
    hints=(
        "Follow one forgery through the loop, and write its shape beside each line.",
        "Three of the twelve are as they should be: look at those about the optimiser.",
        "What does batch normalisation do to a batch of one?",
    ),
    starter="faults = {...}",
    solution_code='answer = {"numpy", "noise_out", "linear", "no_real", "frozen",\n'
    '          "wrong_network", "threshold", "one", "reshape"}',
    explanation="Optimiser, loss and biases are in order; all else is not.",
)

MENDED = Exercise(
    id="34_gan.mended",
    title="What mends what",
    question=r"""
Give each line of the listing its repair (the letter):

- `"A"`: `Dense(28 * 28, activation="tanh")` as the last layer, without the way back,
- `"B"`: `LeakyReLU(0.2)` after each layer,
- `"C"`: a batch of real images with 1, a batch of forgeries with 0,
- `"D"`: the loss of the *discriminator's* answer to new forgeries, its weights held still,
- `"E"`: 64 samples at a time.
""",
    answer=Matching(
        truth={
            "Dense(100, activation='sigmoid')": "A",
            "Dense(512, activation='linear')": "B",
            "train_on_batch(binary_gen_imgs, np.ones((1, 1)))": "C",
            "train_on_batch(noise, np.zeros((1, 1)))": "D",
            "np.random.normal(0, 1, (1, 100))": "E",
        },
        why={
            "Dense(100, activation='sigmoid')": "what should leave the generator?",
            "Dense(512, activation='linear')": "what do two linear layers in a row amount to?",
            "train_on_batch(binary_gen_imgs, np.ones((1, 1)))": "this is the discriminator's "
            "step: what must it see, and called what?",
            "train_on_batch(noise, np.zeros((1, 1)))": "this was to be the generator's step: "
            "whose answer does the generator want to change?",
            "np.random.normal(0, 1, (1, 100))": "how many samples does a batch normalisation need?",
        },
        right="And one import. That is the whole distance from the listing to the `Game` that "
        "you have trained.",
    ),
    hints=(
        "Start with the shapes: what goes in, what comes out?",
        "C is the discriminator's step, D the generator's.",
    ),
    starter="""repairs = {
    "Dense(100, activation='sigmoid')": "...",
    "Dense(512, activation='linear')": "...",
    "train_on_batch(binary_gen_imgs, np.ones((1, 1)))": "...",
    "train_on_batch(noise, np.zeros((1, 1)))": "...",
    "np.random.normal(0, 1, (1, 100))": "...",
}""",
    solution_code="""answer = {
    "Dense(100, activation='sigmoid')": "A",
    "Dense(512, activation='linear')": "B",
    "train_on_batch(binary_gen_imgs, np.ones((1, 1)))": "C",
    "train_on_batch(noise, np.zeros((1, 1)))": "D",
    "np.random.normal(0, 1, (1, 100))": "E",
}""",
    explanation="Shapes first, then who sees what, then who is moved by whose loss.",
)


def _frechet(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2


_A, _B = np.array([1.0, 2.0, 3.0, 6.0]), np.array([0.0, 0.5, 1.5])

FRECHET = Exercise(
    id="34_gan.frechet",
    title="A distance between two heaps",
    question=r"""
For *one* feature the Fréchet distance of two samples is
$(\mu_a - \mu_b)^2 + (\sigma_a - \sigma_b)^2$, with their means and standard deviations (`np.std`).
Write it as a function of two arrays `a` and `b`.
""",
    answer=Function(
        reference=_frechet,
        cases=(
            Case((_A, _A), "twice the same"),
            Case((_A, _A + 2), "shifted"),
            Case((_A, 3 * (_A - _A.mean()) + _A.mean()), "wider"),
            Case((_A, _B), "two heaps"),
        ),
        absolute=1e-9,
        right="With many features the standard deviations become covariance matrices, and the "
        "idea stays: how far to carry one heap onto the other.",
        slips=(
            Slip(lambda a, b: (a.mean() - b.mean()) ** 2, "The means alone: a generator that "
                 "draws the average image every time would score 0.", 0.5),
            Slip(lambda a, b: (a.mean() - b.mean()) ** 2 + (a.var() - b.var()) ** 2, "Standard "
                 "deviations, not variances.", 0.5),
            Slip(lambda a, b: np.sqrt(_frechet(a, b)), "That is its root; by custom the square "
                 "is reported.", 0.75),
            Slip(lambda a, b: (a.mean() - b.mean()) ** 2 + a.var() + b.var(), "The spreads should "
                 "be *subtracted*: equal spreads are no distance.", 0.5),
        ),
    ),
    hints=("Two squares and a sum.", "`(a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2`"),
    starter="def frechet(a, b):\n    return ...",
    solution_code="def frechet(a, b):\n"
    "    return (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2\n\n\nanswer = frechet",
    explanation="It is the least mean squared way on which one Gaussian is carried to the other.",
)  # fmt: skip

VERDICT = Exercise(
    id="34_gan.verdict",
    title="Your verdict",
    question=r"""
A colleague's generator has a Fréchet distance *below* the noise floor, precision and recall of 1.0,
and its images are nearer to the training images than held-out real images are in 99 of 100
comparisons. What do you say?

- `"publish"`: all judges agree, it is excellent.
- `"copies"`: it repeats its training images.
- `"collapse"`: it draws too few kinds of images.
- `"floor"`: the noise floor must be wrong, since nothing can come below it.
""",
    answer=Choice(
        {
            "publish": "Look at the last number again: real patients who were held out are "
            "farther from the training images than these are.",
            "copies": "Nothing is more like real images than copies of them. The one judge that "
            "sees this is the distance to the nearest training image.",
            "collapse": "A collapse would show as a low recall.",
            "floor": "Two *different* real samples cannot, on average; a copy of the sample that "
            "it is compared with can.",
        },
        truth="copies",
    ),
    hints=(
        "Which judge would a photocopier not pass?",
        "The floor compares real images with *other* real images.",
    ),
    starter='verdict = "..."',
    solution_code='answer = "copies"',
    explanation="Distance, precision and recall cannot tell a copy from the original.",
)

CHAPTER = Chapter(
    stem="34_gan",
    title="Generative adversarial networks",
    exercises=(BEST_JUDGE, HALF, SLOPES, FRECHET, VERDICT, FAULTS, MENDED),
)
