"""Quiz of ``13_ultrasound``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "Why is there gel between the probe and the skin?",
        (
            Option("So that the probe glides more easily over the skin of the patient.",
                   "A pleasant side effect. Without it there would be no picture at all."),
            Option("Because a film of air would reflect nearly all of the sound.",
                   "The impedance of air is thousands of times smaller than that of skin: "
                   "R is above 0.99.", right=True),
            Option("Because gel cools the crystals.",
                   "The power is small; and water would cool better."),
        ),
    ),
    Question(
        "You change from 5 to 10 MHz. What happens?",
        (
            Option("Finer detail, and it sees less deep.",
                   "Half the wavelength, and twice the loss in dB for each centimetre.",
                   right=True),
            Option("Finer detail, and it sees as deep as before if the gain is turned up.",
                   "The gain amplifies the noise with the echo."),
            Option("The same detail, only less deep.",
                   "Pulse length and beam width both go with the wavelength."),
        ),
    ),
    Question(
        "What does speckle show?",
        (
            Option("Electronic noise of the receiver.",
                   "Noise changes from picture to picture; speckle stays, and moves with "
                   "the tissue."),
            Option("The cells of the tissue, one grain each.",
                   "A grain is as large as a resolution cell, whatever lies in it."),
            Option("Interference of the echoes of many scatterers in one resolution cell.",
                   "Sometimes they agree, sometimes they cancel: a Rayleigh distribution.",
                   right=True),
        ),
    ),
    Question(
        "Behind a round black lesion the tissue looks brighter than beside it. What does it say?",
        (
            Option("The tissue behind it is denser.",
                   "It is the same tissue. What was different on the way there?"),
            Option("The lesion attenuates less than the tissue beside it, as fluid does.",
                   "The time gain makes up for a loss that did not happen.", right=True),
            Option("The lesion focuses the beam like a burning glass.",
                   "That can add a little at the edges; the main cause is attenuation."),
        ),
    ),
    Question(
        "In the middle of a vessel, where blood runs fastest, the colour jumps from yellow to "
        "cyan. What do you do first?",
        (
            Option("Raise the PRF.",
                   "The jump is aliasing: the phase turned by more than half a turn between "
                   "two pulses.", right=True),
            Option("Turn down the gain of the colour.",
                   "The gain changes how much is coloured, not the phase."),
            Option("Report blood that flows backwards.",
                   "True reversal passes through black, speed zero, between red and blue."),
        ),
    ),
    Question(
        "Why can compounded plane waves make thousands of frames a second, "
        "and focused lines only dozens?",
        (
            Option("Because plane waves run faster.",
                   "All sound runs at 1540 m/s here."),
            Option("Because no picture needs to be beamformed.",
                   "On the contrary, every pixel is beamformed in every frame."),
            Option("Because one plane wave lights up all lines at once.",
                   "A focused picture waits for the deepest echo once for each line, a plane "
                   "wave once for all.", right=True),
        ),
    ),
)  # fmt: skip
