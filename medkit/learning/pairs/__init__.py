"""The ten pairs: two algorithms in one pipeline, each with the scikit-learn interface.

A pair is worth its trouble where one parent has what the other lacks: features without
labels, order in time, examples when there are few. `PAIRS` names all ten, with their
parents and the reason; the notebook 36 holds each against both.
"""

from collections.abc import Callable
from dataclasses import dataclass

from medkit.learning.pairs.adversarial import AdversarialAutoencoder
from medkit.learning.pairs.augmentation import GANAugmented, GANClassifier
from medkit.learning.pairs.features import NetworkFeatures, svm_on
from medkit.learning.pairs.pretraining import PretrainedCNN, encoder_of
from medkit.learning.pairs.sequences import FrameSequenceClassifier, SequenceAutoencoder

__all__ = [
    "PAIRS",
    "AdversarialAutoencoder",
    "FrameSequenceClassifier",
    "GANAugmented",
    "GANClassifier",
    "NetworkFeatures",
    "Pair",
    "PretrainedCNN",
    "SequenceAutoencoder",
    "encoder_of",
    "svm_on",
]


@dataclass(frozen=True)
class Pair:
    """Two algorithms that work as one.

    Parameters
    ----------
    parents : tuple of str
        Their short names, in the order of the overview.
    make : callable
        Builds the pair: a function or class of this package.
    what : str
        What each parent does in it.
    helps : str
        When there is a reason for it to help.
    fails : str
        When there is none.
    """

    parents: tuple[str, str]
    make: Callable
    what: str
    helps: str
    fails: str


#: Every pair by its parents' short names, in the order of the overview.
PAIRS: dict[str, Pair] = {
    f"{pair.parents[0]}+{pair.parents[1]}": pair
    for pair in (
        Pair(
            ("SVM", "CNN"),
            svm_on,
            "the CNN's last features, learned on a large task, go into an SVM",
            "few labels, and a related task with many",
            "many labels: the CNN's own last layer is as good a judge",
        ),
        Pair(
            ("SVM", "RNN"),
            svm_on,
            "the RNN's last state of each sequence goes into an SVM",
            "few labels, and a related task with many",
            "many labels: the state was made for the RNN's own last layer",
        ),
        Pair(
            ("SVM", "AE"),
            svm_on,
            "the code of an autoencoder, learned without labels, goes into an SVM",
            "few labels and many images without",
            "small lesions: what is few pixels is not worth a number of the code",
        ),
        Pair(
            ("SVM", "GAN"),
            GANAugmented,
            "a conditional GAN draws more training images for an SVM",
            "few images of one class",
            "a GAN knows no more than the images that it has seen",
        ),
        Pair(
            ("CNN", "RNN"),
            FrameSequenceClassifier,
            "a CNN reads each frame or slice, an RNN reads what it says of them in order",
            "the finding is in the order: motion, or where one slice follows another",
            "one frame shows it all",
        ),
        Pair(
            ("CNN", "AE"),
            PretrainedCNN,
            "the CNN starts from an encoder that learned without labels",
            "few labels and many images without",
            "many labels: the start is forgotten",
        ),
        Pair(
            ("CNN", "GAN"),
            GANAugmented,
            "a conditional GAN draws more training images for a CNN",
            "few images, and no honest geometric augmentation",
            "flips and shifts say more, and cost nothing",
        ),
        Pair(
            ("RNN", "AE"),
            SequenceAutoencoder,
            "an RNN squeezes a sequence into a code, another writes it again",
            "many sequences without labels",
            "the sequences differ only in a detail",
        ),
        Pair(
            ("RNN", "GAN"),
            GANAugmented,
            "a GAN with recurrent players draws sequences for an RNN",
            "few sequences",
            "a GAN knows no more than the sequences that it has seen",
        ),
        Pair(
            ("AE", "GAN"),
            AdversarialAutoencoder,
            "a discriminator makes the codes of an autoencoder look like noise",
            "one wants to draw new images, or judge a code by how likely it is",
            "only the reconstruction matters",
        ),
    )
}
