"""Quiz of ``33_autoencoder``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "A linear autoencoder with 8 numbers in its bottleneck has been trained to the end. "
        "What has it learned?",
        (
            Option("The first 8 principal components, one in each number.",
                   "The subspace is that of the components; but any mix of them reconstructs as "
                   "well, so a single number need not be a component."),
            Option("The space that the first 8 components span.",
                   "No other 8 directions leave a smaller squared error.", right=True),
            Option("8 typical images, of which each new one is a neighbour.",
                   "That would be clustering; here images are sums of directions."),
        ),
    ),
    Question(
        "Where does a denoising autoencoder get its noise?",
        (
            Option("It is added to the input, while the target stays clean.",
                   "So it has to find out what in the input is image.", right=True),
            Option("It is added to input and target alike.",
                   "Then it would be asked to reproduce the noise."),
            Option("It is added to the code.",
                   "That comes close to what a *variational* autoencoder does."),
        ),
    ),
    Question(
        "Why is the code of a variational autoencoder written as $z = \\mu + \\sigma e$, with $e$ "
        "drawn from the standard normal?",
        (
            Option("So that codes are never negative.",
                   "Codes may be negative; half of the normal cloud is."),
            Option("So that gradients pass through $\\mu$ and $\\sigma$.",
                   "The noise itself is not learned: the reparameterisation trick.", right=True),
            Option("Because a computer can draw normal numbers around 0 only, with a spread of 1.",
                   "They can be drawn anywhere; but one cannot differentiate a draw."),
        ),
    ),
    Question(
        "A detector's threshold is set so that 95 % of the healthy images it learned from lie "
        "below. What share of *new* healthy images will it call ill?",
        (
            Option("5 %, that is what the threshold means.",
                   "For the images it learned from. It reproduces those better than new ones."),
            Option("Fewer than 5 %, since it has learned what is healthy.",
                   "It has learned its own images best; new ones have larger errors."),
            Option("More than 5 %.",
                   "Set thresholds on healthy images that were held out.", right=True),
        ),
    ),
    Question(
        "A denoiser that was trained on healthy heads shows a scan with a small bleed. The picture "
        "looks clean, and there is no bleed. What do you conclude?",
        (
            Option("There is no bleed: the network is better than the eye.",
                   "A clean look is what it was trained for; it says nothing about truth."),
            Option("Nothing yet: it may have taken the bleed for noise.",
                   "Look at the scan itself, and measure how many lesions survive.", right=True),
            Option("The scan had too little noise for the network.",
                   "With little noise there is little to remove."),
        ),
    ),
    Question(
        "An autoencoder finds strokes with an AUC of 0.80; the distance to the mean healthy image "
        "finds them with 0.79, on 60 patients. What do you report?",
        (
            Option("That the network is better, since its AUC is greater.",
                   "With 60 patients the interval of such an AUC is about 0.2 wide."),
            Option("Both, with intervals: they cannot be told apart.",
                   "And the simpler one needs no training.", right=True),
            Option("Only the network: nobody uses mean images.",
                   "A baseline that is left out is the most common way to look good."),
        ),
    ),
)  # fmt: skip
