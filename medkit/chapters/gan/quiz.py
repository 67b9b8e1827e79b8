"""Quiz of ``34_gan``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "Both losses of a GAN have stood still for ten epochs. What does that say?",
        (
            Option("Training has converged, the two are in balance, and the samples are good.",
                   "Both may also stand still while all samples are the same, or noise."),
            Option("Nothing certain: look at samples, and judge them.",
                   "A loss in a game says how one player does against the other, and both "
                   "change.", right=True),
            Option("The generator has stopped learning.",
                   "It may learn as fast as the discriminator does: then neither gains."),
        ),
    ),
    Question(
        "Why is the forgery put behind a `stop_gradient` before the discriminator's loss?",
        (
            Option("So that the discriminator's loss moves the discriminator only.",
                   "Without it the generator would also be moved to make forgeries *easier* to "
                   "spot.", right=True),
            Option("So that the discriminator cannot find out from it who drew the image.",
                   "A gradient is not what the discriminator sees; it sees pixels."),
            Option("To save memory; the result is the same.",
                   "The result is not: the sum of both losses would let the generator help the "
                   "discriminator."),
        ),
    ),
    Question(
        "Early in training D(G(z)) is 0.001. Which loss does the generator learn from faster?",
        (
            Option("log(1 − D), as in the minimax game.",
                   "Its slope against the logit is D itself: 0.001."),
            Option("−log D, the non-saturating one.",
                   "Its slope is 1 − D = 0.999, a thousand times as steep.", right=True),
            Option("Both alike: they have the same optimum.",
                   "The same optimum, but by another way."),
        ),
    ),
    Question(
        "A generator has high precision and a recall of 0.1. What does it do?",
        (
            Option("It draws few kinds of images, and those well.",
                   "What it draws looks real, but it covers a tenth of what is real: a collapse.",
                   right=True),
            Option("It draws all kinds, but blurred.",
                   "Blurred images lie outside the real ones: that is a low precision."),
            Option("It copies its training images.",
                   "A copier has high precision *and* recall; distances to the nearest training "
                   "image give it away."),
        ),
    ),
    Question(
        "A paper reports a Fréchet distance of 12 from 100 real and 100 generated images. "
        "What is missing?",
        (
            Option("The distance of 100 real to 100 other real images.",
                   "Finite samples are some distance apart even if nothing is wrong: the noise "
                   "floor.", right=True),
            Option("A comparison with the limit below which images count as realistic.",
                   "There is no scale on which 12 is good: it depends on features and numbers."),
            Option("The loss of the discriminator.",
                   "That depends on the discriminator, and is no measure of quality."),
        ),
    ),
    Question(
        "May a hospital share GAN images of its patients freely, since nobody in them exists?",
        (
            Option("Yes: they are invented.",
                   "A generator can repeat what it has seen, above all what is rare, and a rare "
                   "case is a person."),
            Option("Not before it was tested how near they are to the patients.",
                   "Copies can be looked for, as you did; strict promises need differential "
                   "privacy. And whoever receives them must be told that they are synthetic.",
                   right=True),
            Option("No: synthetic images are never allowed.",
                   "They are used, for example to fill up rare classes; what matters is how they "
                   "were tested and marked."),
        ),
    ),
)  # fmt: skip
