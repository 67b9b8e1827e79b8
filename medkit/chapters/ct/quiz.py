"""Quiz of ``11_ct``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "What does one detector reading of a CT scanner know about the patient?",
        (
            Option("The attenuation of one voxel.",
                   "The ray passes through hundreds of voxels, and the reading cannot tell "
                   "them apart."),
            Option("The sum of attenuation along one line, after a logarithm.",
                   "$-\\ln(I/I_0) = \\int \\mu\\, dl$: a line integral. The picture has to be "
                   "computed from many of them.", right=True),
            Option("The density of the thickest tissue that the ray passed on its way.",
                   "All tissues on the way count, each with $\\mu$ times its length."),
        ),
    ),
    Question(
        "A point in the patient, away from the centre, leaves which trace in the sinogram?",
        (
            Option("A sine wave.",
                   "Its distance from the central ray is $r\\cos(\\theta - \\phi)$: hence the "
                   "name sinogram.", right=True),
            Option("A straight line along the angles.",
                   "Only a point on the axis of rotation stays at one place in all views."),
            Option("A circle.",
                   "The point's way around the scanner is a circle, but the sinogram has the "
                   "*angle* as an axis."),
        ),
    ),
    Question(
        "Why does filtered back-projection filter?",
        (
            Option("To remove the noise of the projections before they are smeared back.",
                   "The ramp filter *raises* noise, because it raises high frequencies."),
            Option("Because back-projection alone gives a blurred picture.",
                   "Views crowd together at the low frequencies of the Fourier plane; "
                   "the ramp $|f|$ weighs each frequency rightly.", right=True),
            Option("To turn photon counts into attenuation.",
                   "The logarithm does that, before the filter."),
        ),
    ),
    Question(
        "You replace the ramp filter by one that falls off at high frequencies. What do you get?",
        (
            Option("Less noise and blurrier edges.",
                   "Noise lives mostly at high frequencies, and so do sharp edges: "
                   "a filter trades one for the other.", right=True),
            Option("Less noise and equally sharp edges.",
                   "That would be free of charge: edges need the same frequencies as noise."),
            Option("Fewer streaks from metal.",
                   "Those come from wrong readings, and the filter does not know which "
                   "are wrong."),
        ),
    ),
    Question(
        "A nodule stands out from the lung by 10 HU where the noise is 30 HU. "
        "Which change makes it easier to see *without* more dose?",
        (
            Option("A narrower window.",
                   "It stretches the nodule's contrast and the noise by the same factor."),
            Option("Thicker slices or a smoother filter.",
                   "Each pixel then averages more photons; the price is resolution.",
                   right=True),
            Option("A larger matrix, with smaller pixels.",
                   "Smaller pixels share the same photons among more values: each is noisier."),
        ),
    ),
    Question(
        "Two scans at different tube voltages, of the same patient, are worth more than one. Why?",
        (
            Option("Their average has less noise.",
                   "One scan with the dose of both would have as little."),
            Option("The second one can be used if the patient moved in the first.",
                   "Then they could not even be compared."),
            Option("$\\mu$ of bone, iodine and water changes with energy in different ways, "
                   "so materials can be told apart.",
                   "Two measured values for two unknown amounts: this is dual energy.",
                   right=True),
        ),
    ),
)  # fmt: skip
