"""Quiz of ``32_rnn``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "A sentence becomes twice as long. What happens to the number of weights of an LSTM?",
        (
            Option("It stays.", "That is what recurrent means: one step, used over and over.",
                   right=True),
            Option("It doubles, since every word needs weights of its own to be read.",
                   "Each step uses the *same* weights again."),
            Option("It grows with the square of the length.", "That is the *work* of attention "
                   "between all pairs of words, not the weights of a recurrent cell."),
        ),
    ),
    Question(
        "Why does the gradient of an LSTM survive longer than that of a simple cell?",
        (
            Option("It has four times the weights, and so more paths through which slopes flow.",
                   "More weights alone would vanish just as fast."),
            Option("Its memory changes by addition, and an open gate multiplies by nearly 1.",
                   "Only if the gate is open: with a bias of 0 it loses half in each step.",
                   right=True),
            Option("It uses no tanh, whose slope is below 1 wherever the state is large.",
                   "It uses two."),
        ),
    ),
    Question(
        "A network reads “no infarct, mass or haemorrhage” rightly, but “haemorrhage has "
        "vanished” wrongly. Why?",
        (
            Option("The second sentence is too short.", "Short ones are the easiest."),
            Option("It never learned “vanished”, and reads it as some word.",
                   "It can carry a negation over many words, but not invent one.", right=True),
            Option("By the last word it has forgotten the beginning, for its state is small.",
                   "The beginning is one word ago."),
        ),
    ),
    Question(
        "A bidirectional network reads a report from both ends. Where can it *not* be used?",
        (
            Option("On finished reports.", "There it is at home."),
            Option("On texts of different length.", "Masked steps are skipped in both directions."),
            Option("On an ECG that is being recorded, with an alarm at once.",
                   "It would need the future.", right=True),
        ),
    ),
    Question(
        "On real reports a recurrent network and TF-IDF differ by 0.007 in AUC, with an interval "
        "from −0.005 to 0.020. What do you write?",
        (
            Option("The network is better, by 0.007 in AUC, which is a lot so close to 1.",
                   "The interval holds 0."),
            Option("No difference was shown; the simpler one costs less.",
                   "And the same words, *normal*, *clear*, *unremarkable*, carry most of the "
                   "answer for both.", right=True),
            Option("They are equal, for the interval holds 0 and so nothing differs.",
                   "Not shown to differ is less than shown to be equal."),
        ),
    ),
)  # fmt: skip
