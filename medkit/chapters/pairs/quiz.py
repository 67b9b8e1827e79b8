"""Quiz of ``36_pairs``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "A paper reports: CNN + SVM 0.91, SVM alone 0.78. What do you ask first?",
        (
            Option("How many support vectors there were.", "A cost, but not what is missing here."),
            Option("What the CNN alone reached.",
                   "If that was 0.91 too, the SVM added nothing: compare with the better parent.",
                   right=True),
            Option("Whether the kernel was RBF.", "A detail; one parent is missing altogether."),
        ),
    ),
    Question(
        "Why are all three models tested on the same patients?",
        (
            Option("Because each patient is then counted three times.",
                   "That would be a reason not to."),
            Option("Because hard patients are hard for all: the difference is much more certain "
                   "than either AUC.",
                   "Errors of the models go together, so they cancel in the difference.",
                   right=True),
            Option("Because it is quicker.", "It is, but that is not why."),
        ),
    ),
    Question(
        "A conditional GAN learned from eight ill patients. You let it draw 800. How many ill "
        "patients does your classifier know now?",
        (
            Option("808.", "Nobody examined those 800: they are made of the eight."),
            Option("Eight.", "It may draw between them, and it may draw wrongly. What it cannot "
                   "do is know a ninth.", right=True),
            Option("It depends on the losses of the GAN.", "Losses of a game say who is winning, "
                   "not what is true."),
        ),
    ),
    Question(
        "An autoencoder learned from 600 images without labels. When do its codes help a "
        "classifier with 40 labels?",
        (
            Option("When what distinguishes the classes takes up much of the picture.",
                   "The code is spent on what makes pixels differ most; a small lesion is not "
                   "worth a number.", right=True),
            Option("Always, because 640 images are more than 40, labels or not.",
                   "The 600 say how pictures vary, not which variation is a disease."),
            Option("When the reconstruction is perfect, so that nothing at all is lost in the "
                   "code.", "Then the code may hold everything, "
                   "the irrelevant first."),
        ),
    ),
    Question(
        "Ten pairs were tried on one test set, and the best gains 0.03, interval 0.001 to 0.059. "
        "Do you believe it?",
        (
            Option("Yes: the interval excludes zero.", "One such interval in twenty excludes zero "
                   "by luck; you looked at ten, and picked the best."),
            Option("Not yet: the best of ten looks good by luck. Test that one pair again on "
                   "new patients.", "Choosing on a test set uses it up.", right=True),
            Option("No: a gain of 0.03 is too small to matter to any patient, whatever its "
                   "interval says.", "It may save lives; the question is whether it "
                   "is there."),
        ),
    ),
)  # fmt: skip
