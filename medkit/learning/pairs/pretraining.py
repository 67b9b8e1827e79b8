"""CNN + AE: a CNN that starts from what an autoencoder learned without labels."""

from medkit.learning.backend import keras
from medkit.learning.networks.autoencoder import ConvolutionalAutoencoder
from medkit.learning.networks.cnn import QUICK, ImageClassifier

layers = keras.layers


def encoder_of(autoencoder):
    """Return a copy of the encoder of a fitted autoencoder, free to learn on.

    Raises
    ------
    ValueError
        If the autoencoder has not learned yet.
    """
    if not hasattr(autoencoder, "encoder_"):
        raise ValueError("the autoencoder has learned nothing yet: call its fit(images) first")
    copy = keras.models.clone_model(autoencoder.encoder_)
    copy.set_weights(autoencoder.encoder_.get_weights())
    return copy


class PretrainedCNN(ImageClassifier):
    """A convolutional encoder with one decision on top.

    Parameters
    ----------
    autoencoder : FrozenEstimator of ConvolutionalAutoencoder, or ConvolutionalAutoencoder
        Frozen and fitted: its weights are the start. Not fitted: the same network from
        random weights, which is the fair parent to compare with.
    augmentation : Augmentation, optional
    schedule : Schedule
    seed : int

    References
    ----------
    Masci et al., ICANN (2011), doi:10.1007/978-3-642-21735-7_7.
    """

    def __init__(self, autoencoder=None, *, augmentation=None, schedule=QUICK, seed=0):
        self.autoencoder = autoencoder
        self.augmentation = augmentation
        self.schedule = schedule
        self.seed = seed

    def build(self, shape, outputs):
        """Return the network: encoder, kink, decision."""
        plan = ConvolutionalAutoencoder() if self.autoencoder is None else self.autoencoder
        body = encoder_of(plan) if hasattr(plan, "encoder_") else plan.encoder(shape)
        image = keras.Input(shape)
        x = layers.Activation("gelu")(body(image))
        return keras.Model(image, layers.Dense(outputs)(x))
