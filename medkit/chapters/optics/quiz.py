"""Quiz of ``14_optics``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "Why does a camera not see the phase of light?",
        (
            Option("Phase carries no energy, so it leaves no trace on anything.",
                   "It leaves a trace as soon as a second wave is there: fringes."),
            Option("It counts photons, $|O|^2$, and there the phase cancels.",
                   "Any detector of light is far too slow for $10^{14}$ oscillations a second.",
                   right=True),
            Option("Its pixels are larger than a wavelength.",
                   "Smaller pixels would still count photons, and lose the phase just the same."),
        ),
    ),
    Question(
        "In off-axis holography, what does a larger tilt of the reference buy, and what limits it?",
        (
            Option("It moves the side lobe away from the middle, so that more detail fits into "
                   "the cut; the camera's pixels must still resolve the fringes.",
                   "Room in the Fourier plane against two pixels per fringe.", right=True),
            Option("It makes the fringes brighter, until the camera saturates.",
                   "Tilt changes the spacing of fringes, not their brightness."),
            Option("It lowers the noise, until the reference misses the camera.",
                   "The number of photons decides about noise, not their direction."),
        ),
    ),
    Question(
        "An unwrapped phase has a stripe, from one pixel to the picture's right edge, that is "
        "wrong by exactly $2\\pi$. What happened?",
        (
            Option("The camera has a dead row.",
                   "A dead row would not start in the middle, nor be wrong by exactly one turn."),
            Option("The object really has a step there.",
                   "A step in an object would hardly be exactly one wavelength along a straight "
                   "row of pixels."),
            Option("One noisy pixel broke row-by-row unwrapping.",
                   "All that follows on its line inherits the error; methods that join reliable "
                   "neighbours first go around it.", right=True),
        ),
    ),
    Question(
        "Which change makes the layers of an OCT picture finer in depth?",
        (
            Option("A wider spectrum of the lamp.",
                   "$\\Delta z = (2\\ln 2/\\pi)\\,\\lambda_0^2/\\Delta\\lambda$: twice the "
                   "bandwidth, half the width.", right=True),
            Option("A lens that focuses more strongly.",
                   "That makes the picture finer from side to side; in depth, OCT's resolution "
                   "does not depend on the lens."),
            Option("A spectrometer with more pixels over the same spectrum.",
                   "That makes the picture *deeper*: finer fringes come from farther down."),
        ),
    ),
    Question(
        "You average eight OCT scans of the same place. What happens to the grain?",
        (
            Option("It vanishes, since it is noise of the detector.",
                   "Speckle is interference inside the tissue; noise of the detector is only a "
                   "small part of the grain."),
            Option("It falls, if the eye moves a little between scans.",
                   "Each scan then has speckle of its own, and independent patterns average as "
                   "$1/\\sqrt N$.", right=True),
            Option("It falls by $1/\\sqrt 8$ even if nothing moves at all.",
                   "The same scatterers at the same places make the same speckle each time: "
                   "equal patterns do not average out."),
        ),
    ),
    Question(
        "A program finds 99 % of the melanomas in its own hospital's pictures. What would you "
        "ask before it sees patients elsewhere?",
        (
            Option("How many layers its network has.",
                   "Its size says little about what it has learned."),
            Option("Whether its pictures come from a good camera.",
                   "A good camera helps; but the question is what happens with *another* one."),
            Option("How many harmless moles it calls melanomas, and how it does with other "
                   "cameras, hair, rulers and skin colours.",
                   "Sensitivity alone can be had by always saying yes, and what is beside the "
                   "lesion may have been learned instead of it.", right=True),
        ),
    ),
)  # fmt: skip
