"""Quiz of ``00_start_here``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "What does the value of a CT pixel in Hounsfield units tell you?",
        (
            Option("How bright the pixel should be on a screen.",
                   "Brightness comes from the window that a reader chooses; "
                   "the value in HU does not change with it."),
            Option("How strongly the tissue attenuates X-rays, compared with water.",
                   "Water is 0 and air −1000, on every CT scanner: "
                   "a measured quantity, not a grey.", right=True),
            Option("How many of the photons that crossed the pixel reached the detector.",
                   "The detector lies outside the patient; a pixel is *computed* "
                   "from many of its readings."),
        ),
    ),
    Question(
        "You widen the window from 400 to 2000 HU. What happens to the picture?",
        (
            Option("Soft tissues stand out less from each other.",
                   "The same greys are spread over five times the range; in return lung and bone "
                   "show detail at once.", right=True),
            Option("The pixels' values are stretched to a range five times as wide.",
                   "A window only maps values to greys; the data stay as they are."),
            Option("The picture becomes brighter everywhere.",
                   "That is what lowering the *centre* does."),
        ),
    ),
    Question(
        "A check says “Partly right (0.5 of 1 point)”. What is the best thing to do?",
        (
            Option("Ask for the solution at once.",
                   "You can, but you are nearly there: "
                   "the message says which step went wrong."),
            Option("Read the message, mend that step, check again.",
                   "Checks may be run as often as you like, "
                   "and your best result is kept.", right=True),
            Option("Stay here, because later cells need the right answer.",
                   "No later cell depends on an exercise: you can always go on "
                   "and come back."),
        ),
    ),
    Question(
        "Why does this kit simulate scanners, when there are real images?",
        (
            Option("Because simulated images look better.",
                   "They do not, and every notebook also shows a real one."),
            Option("Because images of real patients may not be used in teaching.",
                   "De-identified images with a licence are, and the kit uses them."),
            Option("Because then truth and dose are ours to set.",
                   "With a patient there is one scan, at one dose, "
                   "and nobody knows the exact truth.", right=True),
        ),
    ),
    Question(
        "A classifier reaches 95 % accuracy on its test images. "
        "What must you know before you believe it?",
        (
            Option("Whether images of one patient lie in both training and test.",
                   "Then the test asks for the patient, not for the disease: "
                   "the commonest leak in medical imaging.", right=True),
            Option("How many layers and parameters the network has, and how long it learned.",
                   "None of these says whether the test was honest."),
            Option("Whether it was trained on a GPU.",
                   "A GPU makes training faster, not the result truer."),
        ),
    ),
)  # fmt: skip
