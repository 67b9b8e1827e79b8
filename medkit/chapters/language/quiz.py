"""Quiz of ``23_language``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "A model on TF-IDF weights of single words reads “no haematoma, but a large infarct”. "
        "What can it not know?",
        (
            Option("That the report mentions a haematoma.", "It sees the word “haematoma”."),
            Option("Which of the two is denied.",
                   "A bag of words has lost the order: “no infarct, but a large haematoma” gives "
                   "the very same numbers.", right=True),
            Option("How often “no” occurs.", "Counts are just what it does see."),
        ),
    ),
    Question(
        "A classifier of reports has AUC 0.97 on a test split by patient. All test reports are by "
        "readers who also wrote training reports. What do you know about another hospital?",
        (
            Option("AUC 0.97, since no patient was in both parts.",
                   "Patients were kept apart, readers were not: habits of phrasing are shared."),
            Option("Little: its readers phrase things otherwise.",
                   "Hold out readers, or hospitals, if that is where the model shall work.",
                   right=True),
            Option("AUC 0.5, as models of text never transfer.",
                   "They do to a degree: in the notebook more than half of the skill is left."),
        ),
    ),
    Question(
        "Why are the words of the section “Indication” left out when labels are taken?",
        (
            Option("They are the question, not the answer.",
                   "“Rule out stroke” is written before anybody has looked.", right=True),
            Option("They are too short for TF-IDF.", "Length is no reason: each text is scaled."),
            Option("They hold the patient's name.",
                   "They may, and then need de-identification; but that is another matter."),
        ),
    ),
    Question(
        "Rules find labels in reports with an error of 5 %, equally for all images. What happens "
        "to a model trained on many such images?",
        (
            Option("It can never be better than 95 % right.",
                   "Errors that do not depend on the image average out: the model may become "
                   "better than its labels."),
            Option("Nothing, if there are enough images.",
                   "Training recovers; but the *test* against such labels shows too small an AUC."),
            Option("It learns nearly as well and looks worse.",
                   "True in theory and in the notebook's experiment, as long as errors do not "
                   "follow the image.", right=True),
        ),
    ),
    Question(
        "In the real reports many normal texts are copies of one template. Dealt at random, copies "
        "come to lie in training and test. What does a careful reader do?",
        (
            Option("Keep all copies of a text in one part.",
                   "The difference may be small, as it was here; one does not know before one has "
                   "measured it.", right=True),
            Option("Nothing: they are different patients with different films.",
                   "They are, but the model has seen the text that it is tested on."),
            Option("Delete all normal reports.",
                   "Then there is nothing left to tell apart."),
        ),
    ),
    Question(
        "“The absence of a nodule cannot be confirmed.” Which label is right?",
        (
            Option("present", "The reader does not say that there is one."),
            Option("absent", "The word “absence” is there, but it is doubted."),
            Option("uncertain",
                   "Doubt about an absence is doubt. What to do with such labels, as a class of "
                   "their own or as one of the two, must be decided and written down.", right=True),
        ),
    ),
)  # fmt: skip
