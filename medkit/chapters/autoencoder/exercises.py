"""Exercises of ``33_autoencoder``: bottlenecks, bounds, and what reconstruction errors say."""

import numpy as np

from medkit.course.answers import Choice, Number, Selection, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function


def _gradient(x, encoder, decoder):
    code = x @ encoder
    return 2 * code.T @ (code @ decoder - x) / len(x)


_RNG = np.random.default_rng(0)
_X, _E, _D = _RNG.normal(size=(6, 5)), _RNG.normal(size=(5, 2)), _RNG.normal(size=(2, 5))

GRADIENT = Exercise(
    id="33_autoencoder.gradient",
    title="Back through the decoder",
    question=r"""
A linear autoencoder: samples `x`, shape (n, d), `encoder`, shape (d, k), `decoder`, shape (k, d),
and the loss $\frac{1}{n}\sum_i |x_i - \hat{x}_i|^2$ with $\hat{x}$ = `x @ encoder @ decoder`.
Write a function that returns the gradient of the loss with respect to **`decoder`**, shape (k, d).
""",
    answer=Function(
        reference=_gradient,
        cases=(
            Case((_X, _E, _D), "random weights"),
            Case((_X, _E, 0 * _D), "a decoder of zeros"),
            Case((_X[:1], _E, _D), "one sample"),
        ),
        right="The same rule holds in every dense layer: its input, transposed, times the error "
        "behind it.",
        slips=(
            Slip(lambda x, e, d: -_gradient(x, e, d), "The sign is flipped: the error is "
                 "reconstruction minus sample.", 0.75),
            Slip(lambda x, e, d: _gradient(x, e, d) / 2, "The derivative of a square brings a "
                 "factor of 2.", 0.75),
            Slip(lambda x, e, d: _gradient(x, e, d) * len(x), "The loss is a mean over samples: "
                 "divide by n.", 0.75),
            Slip(lambda x, e, d: 2 * (x @ e).T @ x / len(x), "The error is missing: what reaches "
                 "the decoder is the reconstruction minus the sample, not the sample.", 0.25),
            Slip(lambda x, e, d: 2 * x.T @ (x @ e @ d - x) @ d.T / len(x), "That is the gradient "
                 "of the *encoder*, one step further back.", 0.5),
        ),
    ),
    hints=(
        "Call the code `h = x @ encoder`. Then the decoder is one dense layer with the input `h`.",
        r"One element: the decoder's weight $V_{ab}$ carries $h_{ia}$ into $\hat{x}_{ib}$.",
        "`h.T @ (h @ decoder - x)`, times 2, over n.",
    ),
    starter="def decoder_gradient(x, encoder, decoder):\n    return ...",
    solution_code="""
def decoder_gradient(x, encoder, decoder):
    code = x @ encoder
    return 2 * code.T @ (code @ decoder - x) / len(x)


answer = decoder_gradient
""",
    explanation="Each weight is moved by what came in, times what was wrong behind it, "
    "averaged over the samples.",
)  # fmt: skip

_LISTING = 784 * 32 + 32 + 32 * 784 + 784

PARAMETERS = Exercise(
    id="33_autoencoder.parameters",
    title="Count the listing's weights",
    question=r"""
The overview's network squeezes its input through one dense layer of **32** and back. How many
weights and biases does it have for flattened images of **28 × 28** pixels?
""",
    answer=Number(
        _LISTING,
        relative=0.0,
        absolute=0.5,
        right="Few, for a network; still 340 for every training image of BreastMNIST that is "
        "healthy, of which there are about 150.",
        slips=(
            Slip(2 * 784 * 32, "Those are the weights. Each output of a layer has a bias, "
                 "too.", 0.75),
            Slip(784 * 32 + 32, "That is the encoder. The decoder has weights as well.", 0.5),
            Slip(2 * (784 * 32 + 32), "The decoder has 784 outputs, and so 784 biases.", 0.75),
            Slip(28 * 32 + 32 + 32 * 28 + 28, "Flattened, an image has 28 · 28 inputs, not "
                 "28.", 0.25),
        ),
    ),
    hints=(
        "A dense layer from a inputs to b outputs has $a \\cdot b$ weights and b biases.",
        "784 → 32 → 784.",
    ),
    starter="weights = ...",
    solution_code="answer = 784 * 32 + 32 + 32 * 784 + 784",
    explanation="784 · 32 + 32 = 25,120 in the encoder, and 32 · 784 + 784 = 25,872 in the "
    "decoder: 50,992.",
)  # fmt: skip

FAULTS = Exercise(
    id="33_autoencoder.faults",
    title="What is wrong with the listing?",
    question=r"""
The overview's listing imports `Sequential` from `keras.models` and `Dense, Input` from
`keras.layers`. It builds a layer of 32 (relu), then a layer as wide as the input (sigmoid), with
`Model(input_layer, output_layer)`; compiles with adam and `mean_squared_error`; fits
`X_train` to `X_train` for 10 epochs; and ends with `X_pred = autoencoder.predict(X_test)`.
Which of these are **true faults**? Give a set of the names.

- `"import"`: `Model` is used but never imported.
- `"sigmoid"`: pixels of 0…255 cannot come out of a sigmoid.
- `"flatten"`: `X_train.shape[1]` is the number of pixels only if images were flattened before.
- `"target"`: fitting `X_train` to `X_train` is a mistake: labels belong there.
- `"validation"`: nothing is held out, so nobody knows when to stop.
- `"unused"`: it ends with reconstructions; nothing is diagnosed, compressed or found.
- `"mse"`: a mean squared error is not allowed together with a sigmoid.
""",
    answer=Selection(
        {
            "import": "Python stops there: the name `Model` is not defined.",
            "sigmoid": "A sigmoid ends at 1. Pixels of 0…255 have to be scaled before.",
            "flatten": "For images of shape (n, 28, 28), `shape[1]` is 28: rows, not pixels.",
            "target": "That is the idea: an autoencoder is its own teacher.",
            "validation": "Ten epochs may be too few or too many; only held-out images tell.",
            "unused": "The overview promises diagnosis; the code stops before anything of it.",
            "mse": "It is allowed, and common for pixels from 0 to 1; gradients are small "
            "near 0 and 1, that is all.",
        },
        truth=frozenset({"import", "sigmoid", "flatten", "validation", "unused"}),
        right="Five faults, and two things that look odd and are right.",
    ),
    hints=(
        "Which line would raise an error? Which would run, and learn nothing?",
        "What is the target of a network that shall reproduce its input?",
    ),
    starter="faults = {...}",
    solution_code='answer = {"import", "sigmoid", "flatten", "validation", "unused"}',
    explanation="The next cells of the notebook mend them one by one.",
)


def _kl(mean, log_variance):
    mean, log_variance = np.asarray(mean), np.asarray(log_variance)
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(-1)


_M, _L = np.array([[0.0, 0.0], [3.0, 4.0], [0.5, -1.0]]), np.array([[0.0, 0], [0, 0], [-1, 0.7]])

KL = Exercise(
    id="33_autoencoder.kl",
    title="How far from the normal cloud?",
    question=r"""
The encoder says of each sample's code: mean $\mu_j$ and **logarithm of the variance**
$\ell_j = \log \sigma_j^2$, arrays of shape (n, k). Write a function that returns the divergence
from the standard normal for each sample, shape (n,):
$\frac{1}{2} \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)$.
""",
    answer=Function(
        reference=_kl,
        cases=(
            Case((_M[:1], _L[:1]), "the standard normal itself"),
            Case((_M[1:2], _L[1:2]), "a cloud that is shifted"),
            Case((_M, _L), "three samples"),
        ),
        right="It is 0 for the standard normal only: every bit of information about the image "
        "has to be paid for.",
        slips=(
            Slip(lambda m, v: 0.5 * (m**2 + v - 1 - np.log(np.abs(v) + 1e-300)).sum(-1), "The "
                 "second array is the *logarithm* of the variance.", 0.5),
            Slip(lambda m, v: 2 * _kl(m, v), "The factor ½ is missing.", 0.75),
            Slip(lambda m, v: -_kl(m, v), "A divergence is never negative.", 0.75),
            Slip(lambda m, v: 0.5 * (m**2 + np.exp(2 * v) - 1 - 2 * v).sum(-1), "You took the "
                 "second array for the logarithm of $\\sigma$; it is that of $\\sigma^2$.", 0.5),
            Slip(lambda m, v: _kl(m, v).sum(), "One number a sample: add up over the last axis "
                 "only.", 0.5),
        ),
    ),
    hints=(
        r"$\sigma_j^2 = e^{\ell_j}$.",
        "Sum over the last axis: `.sum(-1)`.",
    ),
    starter="def kl(mean, log_variance):\n    return ...",
    solution_code="import numpy as np\n\n\ndef kl(mean, log_variance):\n"
    "    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(-1)\n\n\nanswer = kl",
    explanation="Means far from 0 and spreads far from 1 cost nats.",
)  # fmt: skip

WIDE = Exercise(
    id="33_autoencoder.wide",
    title="Too good to be useful",
    question=r"""
You widen the bottleneck of an anomaly detector until even new healthy images come back without
any error. What happens to its AUC for finding the ill?

- `"rises"`: it rises to 1, since healthy images now score 0.
- `"same"`: it stays; the AUC depends on ranks only.
- `"falls"`: it falls towards 0.5.
- `"inverts"`: it falls below 0.5, since lesions are now reproduced best.
""",
    answer=Choice(
        {
            "rises": "Healthy images score 0, and so do the ill: a network that lets everything "
            "through has no opinion.",
            "same": "Ranks of what? The errors of the ill vanish as well, and what is left is "
            "rounding.",
            "falls": "Lesions pass through as well, and the error no longer knows anything. "
            "A detector lives from what its model *cannot* do.",
            "inverts": "There is no reason why lesions should be reproduced better than "
            "healthy tissue.",
        },
        truth="falls",
    ),
    hints=(
        "Look at the curve of the AUC over the size of the bottleneck.",
        "What is the error of an *ill* image then?",
    ),
    starter='auc = "..."',
    solution_code='answer = "falls"',
    explanation="A code as large as the image can hold any image. The best size lies between.",
)

_IMAGES = 64 * 4096 * 2 / (300 - 32)

BREAK_EVEN = Exercise(
    id="33_autoencoder.break_even",
    title="When does the decoder pay off?",
    question=r"""
An image takes 300 bytes as a JPEG, and 32 bytes as a code. But whoever reads codes needs the
decoder: one layer of 64 · 4096 weights (leave the rest out) of 2 bytes each. From **how many
images** on is the archive of codes smaller, its decoder included?
""",
    answer=Number(
        _IMAGES,
        relative=0.01,
        right="About two thousand heads. And JPEG keeps what it never saw; the code does not.",
        slips=(
            Slip(64 * 4096 / (300 - 32), "Each weight takes 2 bytes.", 0.5),
            Slip(64 * 4096 * 2 / 300, "You pay 32 bytes for each code: only the difference is "
                 "saved.", 0.5),
            Slip(64 * 4096 * 2 / 32, "What is saved for each image is the difference of JPEG and "
                 "code.", 0.25),
            Slip(64 * 4096 * 2, "Those are the bytes of the decoder; how many savings make up for "
                 "them?", 0.25),
        ),
    ),
    hints=(
        "How many bytes does each image save? How many does the decoder cost, once?",
        "Bytes of the decoder, over the bytes saved with each image.",
    ),
    starter="images = ...",
    solution_code="answer = 64 * 4096 * 2 / (300 - 32)",
    explanation="524,288 bytes over 268 bytes: 1956 images.",
)  # fmt: skip

CHAPTER = Chapter(
    stem="33_autoencoder",
    title="Autoencoders",
    exercises=(FAULTS, PARAMETERS, GRADIENT, KL, WIDE, BREAK_EVEN),
)
