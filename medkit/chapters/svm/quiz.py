"""Quiz of ``30_svm``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "You delete all training samples that are no support vectors and train again. What "
        "happens to the boundary?",
        (
            Option("It stays exactly where it is.",
                   "Their weights were zero: they push against nothing.", right=True),
            Option("It moves towards the class that lost more samples.",
                   "A mean would move; the street touches only the support vectors."),
            Option("It becomes a straight line.", "The kernel decides that, not the samples."),
        ),
    ),
    Question(
        "What does a larger C do?",
        (
            Option("It makes the street wider.", "The other way round: width becomes cheaper to "
                   "give up, mistakes become dearer."),
            Option("It makes mistakes dearer: a narrower street, fewer samples on a wrong side.",
                   "The price C is paid for each unit by which a sample is beyond its edge.",
                   right=True),
            Option("It makes the kernel more local.", "That is what γ does."),
        ),
    ),
    Question(
        "An RBF machine has 100 % on the training pictures and 55 % on new ones. All training "
        "pictures are support vectors. What do you try first?",
        (
            Option("A larger C.", "It already has no mistake to pay for."),
            Option("A smaller γ.", "Each sample is an island now; a smaller γ lets it be heard "
                   "further away.", right=True),
            Option("More training rounds.", "The optimum is reached: the problem has only one."),
        ),
    ),
    Question(
        "Why are features brought to one scale before?",
        (
            Option("Because otherwise the solver would find another minimum.",
                   "The problem has one minimum, on any scale. But it is the minimum of "
                   "another problem."),
            Option("Because distances and products add up all features, and the largest numbers "
                   "would drown the others.", "Area in pixels would count a million times more "
                   "than a roughness of 0.01.", right=True),
            Option("Because scikit-learn raises an error otherwise.",
                   "It does not, and that is the danger: it just gets worse."),
        ),
    ),
    Question(
        "Where may the test pictures be looked at?",
        (
            Option("When C and γ are chosen, as they are no part of the training.",
                   "Then they take part in the choice, and the score flatters."),
            Option("When the mean and the spread for scaling are computed.",
                   "That, too, lets them speak: scale with the training pictures."),
            Option("Once, when everything is decided.",
                   "Settings are chosen by cross-validation among training patients.", right=True),
        ),
    ),
    Question(
        "A machine says f = 2.0 for a patient. What is the probability of disease?",
        (
            Option("Two of three.", "f is no ratio of odds either."),
            Option("That cannot be said from f alone.",
                   "f is a distance in units of half the street. A curve from f to probability has "
                   "to be fitted to patients that the machine did not see.", right=True),
            Option("Certain: the patient is beyond the edge of the street.",
                   "There are samples of the other class beyond that edge, too."),
        ),
    ),
)  # fmt: skip
