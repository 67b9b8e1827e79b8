"""Exercises of ``31_cnn``: from one sum of products to a layer of fifty million weights."""

import numpy as np

from medkit.course.answers import Matching, Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function


def _slide(image, kernel):
    """Return the valid correlation of one image with one kernel."""
    image, kernel = np.asarray(image, float), np.asarray(kernel, float)
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel)


def _same(image, kernel):
    return _slide(np.pad(image, np.shape(kernel)[0] // 2), kernel)


_IMAGE = np.array([[0.0, 1, 2, 4, 7], [3, 1, 0, 2, 2], [5, 8, 1, 0, 3], [2, 2, 6, 1, 9]])
_EDGE = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_ODD = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]])

SLIDE = Exercise(
    id="31_cnn.slide",
    title="A convolution in a few lines",
    question=r"""
Write a function that slides a small `kernel` over an `image` (both arrays with two axes) and
returns, for each place where the kernel lies fully inside, the sum of products

$$y_{ij} = \sum_u \sum_v x_{i+u,\,j+v}\, k_{uv}$$

without turning the kernel round first, as networks do it.
""",
    answer=Function(
        reference=_slide,
        cases=(
            Case((np.eye(4), np.ones((3, 3))), "a diagonal line and nine ones"),
            Case((_IMAGE, _EDGE), "an edge filter, which is not symmetric"),
            Case((_IMAGE, _ODD), "nine different weights"),
            Case((_IMAGE, np.array([[2.0]])), "a kernel of one number"),
        ),
        right="Two loops over the *kernel* would do as well as two over the image, and are much "
        "faster: each tap multiplies a whole shifted picture. The kit's `convolve` does it so.",
        slips=(
            Slip(lambda x, k: _slide(x, np.asarray(k)[::-1, ::-1]), "You turned the kernel round: "
                 "that is the mathematician's convolution. Networks correlate; as the weights are "
                 "learned, it makes no difference to them.", 0.75),
            Slip(lambda x, k: _slide(x, np.asarray(k).T), "Rows and columns of the kernel are "
                 "exchanged.", 0.5),
            Slip(lambda x, k: _same(np.asarray(x, float), k), "You padded with zeros, so that the "
                 "result is as large as the image; wanted are only the places inside.", 0.75),
            Slip(lambda x, k: _slide(x, np.asarray(k)) / np.size(k), "That is the mean of the "
                 "products; the sum is wanted.", 0.5),
        ),
    ),
    hints=(
        "The result has `image.shape[0] - kernel.shape[0] + 1` rows.",
        "`(image[i : i + 3, j : j + 3] * kernel).sum()` for each i and j.",
    ),
    starter="def slide(image, kernel):\n    return ...",
    solution_code="""
import numpy as np


def slide(image, kernel):
    high, wide = kernel.shape
    rows, columns = image.shape[0] - high + 1, image.shape[1] - wide + 1
    result = np.zeros((rows, columns))
    for u in range(high):
        for v in range(wide):
            result += kernel[u, v] * image[u : u + rows, v : v + columns]
    return result


answer = slide
""",
    explanation="A convolution is a sum of shifted images, each times its weight.",
)  # fmt: skip

SIZES = Exercise(
    id="31_cnn.sizes",
    title="What comes out?",
    question=r"""
An image of **96 × 96** pixels goes through a 5 × 5 convolution with stride 2 and padding "same",
then through a 3 × 3 convolution with stride 1 and padding "valid", then through 2 × 2 pooling.
How many **rows** has the result?
""",
    answer=Number(
        23,
        unit="rows",
        right="96 → 48 → 46 → 23.",
        slips=(
            Slip(24, "Without padding a 3 × 3 kernel loses a pixel at each edge.", 0.5),
            Slip(22.5, "Half a row there is not: check the sizes one by one.", 0.5),
            Slip(22, "Does the stride of 2 with \"same\" give 48 or 46? The border is padded.",
                 0.5),
            Slip(46, "That is before the pooling.", 0.75),
            Slip(47, "The first convolution has a stride of 2: it halves.", 0.25),
        ),
    ),
    hints=(
        '"same" gives ⌈size / stride⌉, "valid" gives ⌊(size − kernel) / stride⌋ + 1.',
        "The first gives 48.",
    ),
    starter="rows = ...",
    solution_code="answer = ((96 // 2) - 3 + 1) // 2",
    explanation="96/2 = 48; 48 − 2 = 46; 46/2 = 23. `output_size` does it for one layer.",
)  # fmt: skip

FIELD = Exercise(
    id="31_cnn.field",
    title="How far does it see?",
    question=r"""
Three 3 × 3 convolutions follow each other, **each with stride 2**. How many pixels of the image,
along one axis, does one number of the last layer see?
""",
    answer=Number(
        15,
        unit="pixels",
        right="1 + 2·1 + 2·2 + 2·4 = 15. Without strides it would be 7: strides make networks see "
        "far at little cost, and lose place as they do.",
        slips=(
            Slip(7, "That is without strides: after each of them neighbours lie twice as far "
                 "apart.", 0.5),
            Slip(27, "The fields overlap: 3 · 3 · 3 counts pixels more than once.", 0.25),
            Slip(9, "Each layer adds 2 × the distance of its inputs: 2·1, 2·2, 2·4.", 0.25),
            Slip(29, "The stride of a layer spreads the layers *after* it: the first adds 2·1.",
                 0.5),
            Slip(8, "That is by how far neighbours of the *last* layer lie apart.", 0.5),
        ),
    ),
    hints=(
        "Begin with 1. Each layer adds (3 − 1) × the distance of its input pixels.",
        "The distances are 1, 2 and 4.",
    ),
    starter="pixels = ...",
    solution_code="from medkit.learning.by_hand.convolution import receptive_field\n\n"
    "answer = receptive_field([(3, 2), (3, 2), (3, 2)])",
    explanation="Kernel sizes add, strides multiply.",
)  # fmt: skip

_DENSE = 111 * 111 * 32 * 128 + 128

FIFTY_MILLION = Exercise(
    id="31_cnn.fifty_million",
    title="One line, fifty million weights",
    question=r"""
The overview's network takes images of **224 × 224 × 3**: a 3 × 3 convolution with **32**
filters and no padding, 2 × 2 max pooling, `Flatten`, and a dense layer of **128** neurons.
How many weights,
with the biases, has this **dense layer**?
""",
    answer=Number(
        _DENSE,
        unit="weights",
        relative=1e-7,
        right="222 → 111 after pooling; 111 · 111 · 32 = 394,272 inputs to each of 128 neurons. "
        "The convolution has 896. All the rest of the network is a rounding error.",
        slips=(
            Slip(_DENSE - 128, "Nearly: each of the 128 neurons has a bias, too.", 0.75),
            Slip(112 * 112 * 32 * 128 + 128, "Without padding the convolution leaves 222 pixels, "
                 "not 224.", 0.5),
            Slip(222 * 222 * 32 * 128 + 128, "You left out the pooling.", 0.5),
            Slip(111 * 111 * 3 * 128 + 128, "After the convolution there are 32 channels, no "
                 "longer 3.", 0.5),
            Slip(_DENSE + 896, "With the convolution's 896; the dense layer alone is asked for.",
                 0.5),
            Slip(111 * 111 * 32, "That is how many numbers go in; each of 128 neurons has a weight "
                 "for each.", 0.5),
        ),
    ),
    hints=(
        "How many rows and columns are left after the convolution, and after the pooling?",
        "rows · columns · 32 inputs, 128 outputs, 128 biases.",
    ),
    starter="weights = ...",
    solution_code="answer = 111 * 111 * 32 * 128 + 128",
    explanation="50,466,944: a global average before the dense layer would leave 32 · 128 + 128.",
)  # fmt: skip

FAULTS = Exercise(
    id="31_cnn.faults",
    title="What would you change?",
    question=r"""
Match each habit of the overview's listing with what goes wrong because of it. Give each one
of `"cannot stop in time"`, `"learns by heart"`, `"no third class"`, `"wanders"` and
`"no honest number"`.

- `"Flatten, then Dense(128)"`
- `"epochs=10, whatever happens"`
- `"Dense(1, sigmoid) for any task"`
- `"pixels from 0 to 255, as they come"`
- `"accuracy, and nothing else"`
""",
    answer=Matching(
        truth={
            "Flatten, then Dense(128)": "learns by heart",
            "epochs=10, whatever happens": "cannot stop in time",
            "Dense(1, sigmoid) for any task": "no third class",
            "pixels from 0 to 255, as they come": "wanders",
            "accuracy, and nothing else": "no honest number",
        },
        why={
            "Flatten, then Dense(128)": "what can fifty million weights do with some hundred "
            "images?",
            "epochs=10, whatever happens": "which data would say that the fifth was the best?",
            "Dense(1, sigmoid) for any task": "how many numbers does a choice of three need?",
            "pixels from 0 to 255, as they come": "how large are the first steps if inputs are?",
            "accuracy, and nothing else": "what has a model that always says healthy, if nine "
            "in ten are?",
        },
        right="All of them are cheap to mend; this notebook's network has mended them.",
    ),
    hints=(
        "A validation set is what tells when to stop.",
        "Inputs of 200 give gradients that are 200 times as large: the loss jumps about.",
    ),
    starter="""
faults = {
    "Flatten, then Dense(128)": ...,
    "epochs=10, whatever happens": ...,
    "Dense(1, sigmoid) for any task": ...,
    "pixels from 0 to 255, as they come": ...,
    "accuracy, and nothing else": ...,
}
""",
    solution_code="""
answer = {
    "Flatten, then Dense(128)": "learns by heart",
    "epochs=10, whatever happens": "cannot stop in time",
    "Dense(1, sigmoid) for any task": "no third class",
    "pixels from 0 to 255, as they come": "wanders",
    "accuracy, and nothing else": "no honest number",
}
""",
    explanation="Fewer weights, a validation set, a logit a class, scaled inputs, an AUC with its "
    "interval.",
)

AUGMENT = Exercise(
    id="31_cnn.augment",
    title="Which change keeps the diagnosis?",
    question=r"""
An augmentation may change an image only so that its label stays true. Say `"keeps"` or `"breaks"`:

- `"breast ultrasound, mirrored left-right"` for benign or malignant
- `"breast ultrasound, upside down"` for benign or malignant
- `"chest film, mirrored left-right"` for *on which side is the heart?*
- `"head CT, turned by 5 degrees"` for bleed or no bleed
- `"PET, brightness times 2"` for a lesion's SUV
""",
    answer=Matching(
        truth={
            "breast ultrasound, mirrored left-right": "keeps",
            "breast ultrasound, upside down": "breaks",
            "chest film, mirrored left-right": "breaks",
            "head CT, turned by 5 degrees": "keeps",
            "PET, brightness times 2": "breaks",
        },
        why={
            "breast ultrasound, mirrored left-right": "is there any left or right in a mass?",
            "breast ultrasound, upside down": "the sound comes from above: where do shadows lie?",
            "chest film, mirrored left-right": "what is asked is the side itself.",
            "head CT, turned by 5 degrees": "no patient lies quite straight.",
            "PET, brightness times 2": "here the brightness is the measurement.",
        },
        right="An augmentation is a claim about physics and anatomy: the change does not matter.",
    ),
    hints=(
        "Ask whether a scanner and a patient could have made the changed image.",
        "A shadow below a mass is a sign of malignancy. Above it, it is impossible.",
    ),
    starter="""
verdict = {
    "breast ultrasound, mirrored left-right": ...,
    "breast ultrasound, upside down": ...,
    "chest film, mirrored left-right": ...,
    "head CT, turned by 5 degrees": ...,
    "PET, brightness times 2": ...,
}
""",
    solution_code="""
answer = {
    "breast ultrasound, mirrored left-right": "keeps",
    "breast ultrasound, upside down": "breaks",
    "chest film, mirrored left-right": "breaks",
    "head CT, turned by 5 degrees": "keeps",
    "PET, brightness times 2": "breaks",
}
""",
    explanation="Mirror what has no sides, turn what may lie askew, and leave measurements alone.",
)

CHAPTER = Chapter(
    stem="31_cnn",
    title="Convolutional networks",
    exercises=(SLIDE, SIZES, FIELD, FIFTY_MILLION, FAULTS, AUGMENT),
)
