"""Quiz of ``35_photons_to_diagnosis``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "You double the number of photons. What happens to the detectability $d'$ of a lesion?",
        (
            Option("It doubles.",
                   "The signal doubles, but the noise grows too, by the root of two."),
            Option("It grows by the root of two.",
                   "Signal 2, noise $\\sqrt 2$: their ratio grows by $\\sqrt 2$.", right=True),
            Option("It stays: signal and noise grow alike.",
                   "The signal grows with the photons, the noise only with their root."),
        ),
    ),
    Question(
        "Why has ultrasound a best frequency, while more dose always helps a CT?",
        (
            Option("High frequencies resolve more, but tissue takes them away before they "
                   "reach the lesion.",
                   "Attenuation grows with frequency. Somewhere the loss outweighs the gain.",
                   right=True),
            Option("High frequencies heat the tissue too much.",
                   "That limits power, not the sharpness of the picture."),
            Option("Above some 10 MHz transducers cannot be built, as their elements would be "
                   "thinner than a hair.",
                   "Skin is scanned at 20 MHz and more: it is shallow."),
        ),
    ),
    Question(
        "An AUC of 0.82 has the interval 0.77 to 0.86, another setting 0.84 with 0.80 to 0.88, on "
        "the same patients. Which setting is better?",
        (
            Option("The second: its AUC is higher.",
                   "By less than the width of either interval; other patients might turn it."),
            Option("One cannot say without comparing them patient by patient.",
                   "Where both are measured on the same patients, the *difference* has an interval "
                   "of its own, often a narrower one.", right=True),
            Option("Neither, because the intervals overlap.",
                   "Overlapping intervals do not prove equality; and for the same patients they "
                   "are the wrong thing to look at."),
        ),
    ),
    Question(
        "A classifier finds more with ten times the dose. Should all patients get it?",
        (
            Option("Yes: a diagnosis is always worth more than a risk that is small and lies far "
                   "in the future, and nobody would want to miss a bleed.",
                   "If the gain is small and the disease rare, more are harmed than helped."),
            Option("No: as low as reasonably achievable, so the least with which the question "
                   "can be answered.",
                   "Beyond some dose the anatomy and the look-alikes limit the diagnosis, and no "
                   "longer the noise: that dose is spent in vain.", right=True),
            Option("No: dose has no effect on classifiers.",
                   "It has, as you saw, as long as noise is what hides the lesion."),
        ),
    ),
    Question(
        "Beyond a certain dose the AUC no longer rises, though it is far from 1. Why?",
        (
            Option("The classifier has a bug, or was not trained for long enough with the better "
                   "pictures.",
                   "Perhaps, but a perfect one would stop as well."),
            Option("What is mistaken for disease is in the patient, and not in the noise.",
                   "Calcium, vessels and scars become clearer too, and small faint lesions stay "
                   "small and faint.", right=True),
            Option("The detector saturates.",
                   "Not in this simulation."),
        ),
    ),
)  # fmt: skip
