"""Exercises of ``32_rnn``: from one step of memory to a listing that never read a report."""

import numpy as np

from medkit.course.answers import Matching, Number, Selection, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function


def _step(x, h, w, u, b):
    return np.tanh(x @ w + h @ u + b)


_RNG = np.random.default_rng(5)
_W, _U, _B = _RNG.normal(size=(3, 2)), _RNG.normal(size=(2, 2)), np.array([0.3, -0.4])
_X, _H = np.array([0.5, -1.0, 0.2]), np.array([0.4, -0.7])
_SQUARE = _RNG.normal(size=(2, 2))

STEP = Exercise(
    id="32_rnn.step",
    title="One step of memory",
    question=r"""
Write one step of a simple recurrent cell. `x` is the input, shape (inputs,), `h` the state before
it, shape (width,), and the weights are `w` (inputs, width), `u` (width, width), `b` (width,):

$$h' = \tanh(x W + h U + b)$$
""",
    answer=Function(
        reference=_step,
        cases=(
            Case((_X, np.zeros(2), _W, _U, _B), "the first step, from an empty state"),
            Case((_X, _H, _W, _U, _B), "a later step"),
            Case((_H, _H, _SQUARE, _U, _B), "an input as wide as the state"),
        ),
        right="A line of NumPy. A whole network is this line in a loop.",
        slips=(
            Slip(lambda x, h, w, u, b: np.tanh(x @ w + b), "Where is the memory? The state before "
                 "takes part too, through `u`.", 0.5),
            Slip(lambda x, h, w, u, b: x @ w + h @ u + b, "The tanh is missing: without it the "
                 "state may grow without bound, and all steps together are one linear map.", 0.5),
            Slip(lambda x, h, w, u, b: np.tanh(x @ w + u @ h + b), "`u @ h` is $U^T$'s work: in "
                 "this layout the state stands on the left, `h @ u`.", 0.75),
            Slip(lambda x, h, w, u, b: np.tanh(x @ w + h @ u), "The bias `b` is missing.", 0.75),
            Slip(lambda x, h, w, u, b: np.maximum(0, x @ w + h @ u + b), "That is relu; the cell "
                 "asked for squeezes by tanh.", 0.5),
            Slip(lambda x, h, w, u, b: h + np.tanh(x @ w + h @ u + b), "Nothing is added to the "
                 "old state here; that idea comes with the LSTM.", 0.5),
        ),
    ),
    hints=("Two matrix products and a bias.", "`np.tanh(x @ w + ...)`"),
    starter="def step(x, h, w, u, b):\n    return ...",
    solution_code="""
import numpy as np


def step(x, h, w, u, b):
    return np.tanh(x @ w + h @ u + b)


answer = step
""",
    explanation="Input and memory are mixed by two matrices, shifted and squeezed.",
)  # fmt: skip

VANISH = Exercise(
    id="32_rnn.vanish",
    title="What is left after fifty steps",
    question=r"""
A simple cell has one unit with recurrent weight 0.9, and its state stays near 0, where the slope of
tanh is 1. By which factor is a gradient multiplied on its way back through **50** steps?
""",
    answer=Number(
        0.9**50,
        relative=0.03,
        right="Half a percent: the first word of a sentence of fifty has next to no say.",
        slips=(
            Slip(0.9 * 50, "Each step *multiplies* by 0.9; you added.", 0.25),
            Slip(0.9**49, "That is 49 steps.", 0.75),
            Slip(1 - 0.1 * 50, "It does not lose a tenth of the *start* each time, but a tenth of "
                 "what is left.", 0.25),
            Slip(50**0.9, "The other way round: 0.9 to the power of 50.", 0.5),
            Slip(0.9**-50, "That explodes; below 1 it vanishes.", 0.25),
            Slip(1 - 0.9**50, "That is what is lost.", 0.5),
        ),
    ),
    hints=("One step: 0.9. Two steps: 0.9 · 0.9.", "A power."),
    starter="factor = ...",
    solution_code="answer = 0.9**50",
    explanation=r"$0.9^{50} \approx 0.0052$.",
)  # fmt: skip

PARAMETERS = Exercise(
    id="32_rnn.parameters",
    title="Count a GRU",
    question=r"""
The reader of the explorer has word vectors of **8** numbers and a GRU with a state of **12**. The
GRU of Keras has three gates' worth of weights (z, r, the candidate), each with an input matrix, a
recurrent matrix and *two* biases. How many weights has the cell?
""",
    answer=Number(
        792,
        right="The same 792 read a sentence of 5 words or of 500: time costs no weights.",
        slips=(
            Slip(756, "Keras' GRU has two biases a gate, one for the input and one for the state.",
                 0.75),
            Slip(264, "That is one gate; there are three.", 0.5),
            Slip(1008, "That is an LSTM: four gates, with one bias each.", 0.5),
            Slip(1056, "Four gates are an LSTM's; a GRU has three.", 0.5),
            Slip(252, "That is a simple cell.", 0.25),
            Slip(720, "The biases are missing.", 0.5),
        ),
    ),
    hints=("A gate: 8·12 + 12·12 + 2·12.", "Three of them."),
    starter="weights = ...",
    solution_code="answer = 3 * (8 * 12 + 12 * 12 + 2 * 12)",
    explanation="3 · (96 + 144 + 24) = 792.",
)  # fmt: skip

GATES = Exercise(
    id="32_rnn.gates",
    title="Who does that?",
    question=r"""
A GRU computes $h' = z\,h + (1 - z)\tanh(x W + r\,(h U))$, an LSTM $c' = f\,c + i\,\tanh(g)$ and
$h' = o\tanh(c')$. What happens? Give each one of `"nothing changes"`, `"the past is forgotten"`,
`"it is kept but not shown"`.

- `"a"`: GRU, $z = 1$
- `"b"`: GRU, $z = 0$ and $r = 0$
- `"c"`: LSTM, $f = 1$, $i = 0$, $o = 0$
- `"d"`: LSTM, $f = 0$
""",
    answer=Matching(
        truth={
            "a": "nothing changes",
            "b": "the past is forgotten",
            "c": "it is kept but not shown",
            "d": "the past is forgotten",
        },
        why={
            "a": "put z = 1 in: what is h'?",
            "b": "with z = 0 only the tanh remains, and r = 0 takes h out of it.",
            "c": "c' = c, but what of it reaches h'?",
            "d": "what is left of c in c'?",
        },
        right="A gate is a number from 0 to 1 that the cell computes anew at every step.",
    ),
    hints=("Put the numbers in.", "Look for what becomes of h, or of c."),
    starter='what = {"a": ..., "b": ..., "c": ..., "d": ...}',
    solution_code="""
answer = {
    "a": "nothing changes",
    "b": "the past is forgotten",
    "c": "it is kept but not shown",
    "d": "the past is forgotten",
}
""",
    explanation="z and f keep, r and i let in, o shows.",
)

LISTING = Exercise(
    id="32_rnn.listing",
    title="A program that never saw a report",
    question=r"""
The overview offers this program for "analysing reports":

```python
model = Sequential()
model.add(SimpleRNN(32, activation='relu', input_shape=(timesteps, input_dim)))
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
model.fit(X_train, y_train, epochs=10, batch_size=32)
y_pred = model.predict(X_test)
```

Which of these are true faults? Give a set of letters.

- `"a"`: `timesteps`, `input_dim` and the data are never defined: it stops at the second line.
- `"b"`: With relu nothing bounds the state, and over many steps it may explode.
- `"c"`: A report is text: words must become numbers, and numbers vectors, first.
- `"d"`: Reports of different length are filled up, and nothing tells the cell to skip the filling.
- `"e"`: One sigmoid with binary cross-entropy is wrong for two classes.
- `"f"`: No validation, no baseline, no interval: nobody would notice that it failed.
- `"g"`: A state of 32 numbers cannot hold a text of more than 32 words.
""",
    answer=Selection(
        options={
            "a": "Run it: `NameError`.",
            "b": "You saw the state pass a thousand within fifty steps.",
            "c": "A vocabulary and an embedding layer are missing.",
            "d": "The *last* state is used, and it has read the filling: `mask_zero=True`.",
            "e": "For two classes that is just right (more stable with logits).",
            "f": "Accuracy on what was learned says nothing, and a simple cell does fail at times.",
            "g": "The state is no list of words; each number may hold something of many words.",
        },
        truth=frozenset("abcdf"),
        right="All five are repaired in `TextClassifier`, in about fifty lines.",
    ),
    hints=("Five of the seven.", "How many outputs does a yes-or-no question need?"),
    starter='faults = {"...", "..."}',
    solution_code='answer = {"a", "b", "c", "d", "f"}',
    explanation="Undefined shapes, relu in the loop, no words, no mask, no honest test.",
)

CHAPTER = Chapter(
    stem="32_rnn",
    title="Recurrent networks",
    exercises=(STEP, VANISH, PARAMETERS, GATES, LISTING),
)
