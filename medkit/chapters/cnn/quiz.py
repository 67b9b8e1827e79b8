"""Quiz of ``31_cnn``."""

from medkit.course.chapters import Option, Question

QUESTIONS = (
    Question(
        "Why does a convolution need so few weights?",
        (
            Option("Because its images have fewer and fewer pixels, layer after layer.",
                   "Pixels do not count at all: a 3 × 3 kernel has nine weights a channel for any "
                   "image."),
            Option("Because it looks at a small neighbourhood, with the same weights everywhere.",
                   "Local and shared: what an edge is does not depend on where it lies.",
                   right=True),
            Option("Because most of its weights are zero.",
                   "None need be; there simply are only nine."),
        ),
    ),
    Question(
        "A lesion moves by 10 pixels. What do the feature maps of the first layer do?",
        (
            Option("They stay: the network is invariant to shifts.",
                   "Only after the global average, and even then not quite, because of the "
                   "strides."),
            Option("They change at random.", "The same weights meet the same pixels, elsewhere."),
            Option("They move along with it.",
                   "Equivariance: the map moves as the image does. With stride 2 by 5 of its "
                   "pixels.", right=True),
        ),
    ),
    Question(
        "The gradient of the loss with respect to one weight of a kernel is …",
        (
            Option("a sum over all places at which the weight was used.",
                   "Shared on the way forward, summed on the way back.", right=True),
            Option("the gradient at the single place where it mattered most.",
                   "That is how max pooling passes gradients on, not how weights collect them."),
            Option("zero, where the output is negative.",
                   "That is the ReLU's part; elsewhere the weight still learns."),
        ),
    ),
    Question(
        "Training loss 0.05, validation loss 0.9 and rising. What helps most surely?",
        (
            Option("More epochs, until the validation loss falls as well.",
                   "It already fits the training data too well."),
            Option("Augmentation, fewer weights, or stopping earlier.",
                   "The gap is over-fitting; each of these narrows it.", right=True),
            Option("A larger learning rate.", "It would only get there faster, or not at all."),
        ),
    ),
    Question(
        "A heat map lies beautifully on the lesion. What does that prove?",
        (
            Option("That the network decides as a radiologist does, by the shape of the lesion.",
                   "It says where, not what was made of it."),
            Option("That the answer is right.", "Wrong answers have heat maps as well."),
            Option("Little, until it is compared with chance over many patients.",
                   "One picture is an anecdote. Overlap with the truth against chance, with an "
                   "interval, is evidence.", right=True),
        ),
    ),
    Question(
        "What are the bridges of a U-Net for?",
        (
            Option("They carry fine detail past the coarse bottom.",
                   "Without them the outline is as coarse as the smallest map.", right=True),
            Option("They save memory.", "They cost some: the fine maps have to be kept."),
            Option("They let each pixel see the whole of the image.",
                   "That is what going down is for."),
        ),
    ),
)  # fmt: skip
