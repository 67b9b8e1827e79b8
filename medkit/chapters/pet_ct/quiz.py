"""Quiz of ``15_pet_ct``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "What does one count of a PET scanner say?",
        (
            Option("How far the positron flew.",
                   "That is not measured; it only blurs the picture a little."),
            Option("That somewhere on one line a positron met an electron.",
                   "Two detectors fired together, so the place lies between them: a line of "
                   "response. Where on it, many crossing lines must tell.", right=True),
            Option("At which voxel the tracer decayed.",
                   "Two photons flying apart define a line, not a point."),
        ),
    ),
    Question(
        "Why does PET need a CT, or something like it, for its numbers?",
        (
            Option("Because the CT tells how many pairs were lost along each line.",
                   "Both photons must get out: $e^{-\\int \\mu\\,dl}$ over the *whole* line.",
                   right=True),
            Option("Because the CT's X-rays excite the tracer.",
                   "The tracer decays by itself; no beam can hurry it."),
            Option("Because the two pictures are averaged.",
                   "They are laid over each other, not averaged: one is in HU, the other in SUV."),
        ),
    ),
    Question(
        "You double the injected activity. What happens to the random coincidences?",
        (
            Option("They double, as the true ones do.",
                   "A true pair comes from *one* decay, a random one from *two*."),
            Option("They become four times as many.",
                   "Two independent photons must fall into one window: the rate goes with the "
                   "square of the singles.", right=True),
            Option("They stay: randoms are electronic noise.",
                   "They are real photons, of two different decays."),
        ),
    ),
    Question(
        "OSEM runs for 2 and for 16 iterations on the same counts. How do the pictures differ?",
        (
            Option("After 16 the picture is closer to the truth in every respect.",
                   "Closer to the *data*, and the data are noisy: after some iterations the noise "
                   "is what is fitted."),
            Option("They hardly differ, as EM is finished when the total counts agree.",
                   "Without a background the total agrees after the very first iteration; the "
                   "picture does not."),
            Option("After 16 lesions have more contrast, and the rest has more noise.",
                   "Fine detail comes late, and noise is fine detail. Scanners stop early or "
                   "smooth.", right=True),
        ),
    ),
    Question(
        "Two nodules in one lung, 8 mm and 25 mm wide, have SUV 3 and 6. Their tissue may be …",
        (
            Option("… equally active: the small one loses more to blur.",
                   "At about the scanner's resolution much of the activity is spread into the "
                   "lung around it: partial volume.", right=True),
            Option("… different for sure, since SUV corrects for size.",
                   "SUV corrects for dose, weight and decay; not for size."),
            Option("… equally active if the small one lies deeper in the body.",
                   "Depth is what attenuation correction takes care of, at any size."),
        ),
    ),
    Question(
        "What is PET-CT, in one sentence?",
        (
            Option("Nuclear magnetic resonance with a CT beside it.",
                   "No magnet is involved: the name 核磁共振 belongs to MRI."),
            Option("A map of a radioactive tracer, laid over and corrected by a CT.",
                   "Positron emission tomography and computed tomography, on one table.",
                   right=True),
            Option("A CT with a radioactive contrast agent that absorbs the X-rays.",
                   "The mass of the tracer is far too small to absorb; it *emits*."),
        ),
    ),
)  # fmt: skip
