"""Quiz of ``12_mri``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "What does the coil of an MR scanner receive?",
        (
            Option("X-rays that the magnet makes the patient emit.",
                   "There is no ionising radiation in MRI: the signal is a radio wave."),
            Option("The sum of all rotating magnetisation in the slice, one number at a time.",
                   "One voltage against time. Gradients give each place its own frequency, so "
                   "that the sum is a sample of the Fourier transform.", right=True),
            Option("The brightness of one voxel after the other, as a camera's chip would read it "
                   "out.",
                   "No voxel is ever measured alone: every sample holds all of the slice."),
        ),
    ),
    Question(
        "An image has a long TR and a long TE, and the fluid is bright. What is it?",
        (
            Option("T1-weighted.",
                   "T1 weighting needs a *short* TR, and fluid is dark in it."),
            Option("Weighted by proton density.",
                   "For that TE must be short, before T2 can tell the tissues apart."),
            Option("T2-weighted.",
                   "All have recovered by then, and what has the longest T2 is left.",
                   right=True),
        ),
    ),
    Question(
        "Why does a 180° pulse make an echo?",
        (
            Option("It turns over the spins, so that the fast ones are behind and catch up.",
                   "What an uneven field has spread in the first half it gathers in the second; "
                   "only T2 is not undone.", right=True),
            Option("It gives back the energy that was lost to T1 and T2 relaxation.",
                   "Nothing brings that back: the echo is lower by $e^{-T_E/T_2}$."),
            Option("It reflects the radio wave at the patient's skin.",
                   "That would be an echo of sound. This one is made of turned spins."),
        ),
    ),
    Question(
        "You measure only the middle tenth of k-space. The image is …",
        (
            Option("sharp, but with wrong contrast.",
                   "The other way round: contrast lives in the middle, edges at the rim."),
            Option("a small part of the patient, in full resolution.",
                   "Each sample knows of all the patient: no place is missing."),
            Option("blurred, with nearly the right contrast.",
                   "Most of the energy is in the middle; what is missing is detail.", right=True),
        ),
    ),
    Question(
        "You measure only every third line, with eight coils, and unfold. What does it cost?",
        (
            Option("Resolution: the pixels are three times as high.",
                   "The outer lines are still there; resolution stays."),
            Option("Signal to noise, by √3 and by the g-factor.",
                   "Fewer samples, and equations that amplify noise where places sound alike.",
                   right=True),
            Option("Nothing, as there are more coils than places that fold together.",
                   "The equations can be solved, but fewer measurements hold more noise."),
        ),
    ),
    Question(
        "The mean of a magnitude image over air is 12. What does that say?",
        (
            Option("The noise in each part of the complex image has σ ≈ 9.6.",
                   "In the dark the mean is $\\sigma\\sqrt{\\pi/2} = 1.25\\,\\sigma$: a magnitude "
                   "cannot average to zero.", right=True),
            Option("Air gives a weak signal of its own.",
                   "Air has next to no protons: what you measure is the noise."),
            Option("The scanner has an offset of 12, which should be subtracted from every "
                   "pixel of the image.",
                   "Where there is signal the bias is much smaller; subtracting would be wrong."),
        ),
    ),
)  # fmt: skip
