"""Quiz of ``00_start_here``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "What does the value of a CT pixel in Hounsfield units tell you?",
        (
            Option("How bright the pixel should be on a screen.",
                   "Brightness comes from the window that a reader chooses; "
                   "the value in HU does not change with it."),
            Option("How strongly the tissue there attenuates X-rays, compared with water.",
                   "Water is 0 and air −1000, on every CT scanner: "
                   "a measured quantity, not a grey.", right=True),
            Option("How many photons the detector counted at that pixel.",
                   "The detector lies outside the patient; a pixel is *computed* "
                   "from many of its readings."),
        ),
    ),
    Question(
        "You widen the window from 400 to 2000 HU. What happens to the picture?",
        (
            Option("Contrast between soft tissues falls, "
                   "and more of the range from air to bone is grey.",
                   "The same greys are spread over five times the range.", right=True),
            Option("The pixels' values are changed to a wider range.",
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
            Option("Read the message, mend that step, and run the check again.",
                   "Checks may be run as often as you like, "
                   "and your best result is kept.", right=True),
            Option("Go on: later cells need the right answer.",
                   "Going on is fine, but not for that reason: "
                   "no later cell depends on an exercise."),
        ),
    ),
    Question(
        "Why does this kit simulate scanners, when there are real images?",
        (
            Option("Because simulated images look better.",
                   "They do not, and every notebook also shows a real one."),
            Option("Because real images are not allowed in teaching.",
                   "De-identified images with a licence are, and the kit uses them."),
            Option("Because then the truth is known, "
                   "and one can turn the dose and see what changes.",
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
            Option("How many layers the network has.",
                   "The number of layers says nothing about an honest test."),
            Option("Whether it was trained on a GPU.",
                   "A GPU makes training faster, not the result truer."),
        ),
    ),
)  # fmt: skip
