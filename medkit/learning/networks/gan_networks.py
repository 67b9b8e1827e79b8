"""The two players of a GAN: generators, which draw, and discriminators, which judge.

A generator turns random numbers (the latent vector z) and a label into an image from
−1 to 1; a discriminator turns an image and a label into one logit, high for "real".
Dense ones take samples of any shape, convolutional ones images whose sides are
multiples of 2 to the power of `doublings`. Shapes beside the layers are for 32 × 32 and width 16.
"""

import math

from medkit.learning.backend import keras

layers = keras.layers


def dense_generator(shape, latent, classes=1, width=64):
    """Return a generator with two hidden layers, for samples of any shape.

    Images end in a tanh; points and curves (`shape` of one number) in nothing, because
    they have no black and white to lie between.
    """
    z, label = keras.Input((latent,)), keras.Input((classes,))
    x = layers.Concatenate()([z, label])
    for _ in range(2):
        x = layers.Dense(width, activation="relu")(x)
    x = layers.Dense(math.prod(shape), activation="tanh" if len(shape) > 1 else None)(x)
    return keras.Model([z, label], layers.Reshape(shape)(x), name="generator")


def dense_discriminator(shape, classes=1, width=64):
    """Return a discriminator with two hidden layers, for samples of any shape."""
    image, label = keras.Input(shape), keras.Input((classes,))
    x = layers.Flatten()(image)
    for _ in range(2):
        x = layers.LeakyReLU(0.2)(layers.Dense(width)(x))
    return _verdict(image, label, x)


def convolutional_generator(shape, latent, classes=1, width=16, doublings=2):
    """Return a generator that starts from a coarse picture and refines it `doublings` times.

    Each refinement doubles the pixels by repeating them and lets a convolution clean up:
    transposed convolutions, as in the first DCGAN, leave a chequerboard.

    References
    ----------
    Radford, Metz & Chintala, ICLR (2016), arXiv:1511.06434, for the network.
    Odena, Dumoulin & Olah, Distill (2016), doi:10.23915/distill.00003, for the chequerboard.
    """
    rows, columns, channels = shape
    part = 2**doublings
    if rows % part or columns % part:
        raise ValueError(f"images of {rows} × {columns}; both sides must be multiples of {part}")
    coarse = rows // part, columns // part, part * width
    z, label = keras.Input((latent,)), keras.Input((classes,))
    x = layers.Concatenate()([z, label])
    x = layers.Dense(math.prod(coarse), use_bias=False)(x)
    x = layers.Reshape(coarse)(x)  # 8, 8, 64
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    for k in reversed(range(doublings)):  # 16, 16, 32 and 32, 32, 16
        x = layers.UpSampling2D(2)(x)
        x = layers.Conv2D(2**k * width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.Conv2D(channels, 3, padding="same", activation="tanh")(x)  # 32, 32, 1
    return keras.Model([z, label], x, name="generator")


def convolutional_discriminator(shape, classes=1, width=16, doublings=2):
    """Return a discriminator that halves the picture `doublings` times.

    It has no batch normalisation: each image is judged by itself, so that its score
    does not depend on the company it is in.
    """
    image, label = keras.Input(shape), keras.Input((classes,))
    x = image
    for k in range(doublings):  # 16, 16, 16 and 8, 8, 32
        x = layers.Conv2D(2**k * width, 4, strides=2, padding="same")(x)
        x = layers.LeakyReLU(0.2)(x)
    return _verdict(image, label, layers.Flatten()(x), width=2**doublings * width)


def recurrent_generator(shape, latent, classes=1, width=32):
    """Return a generator that writes sequences, shape (steps, channels), step by step.

    References
    ----------
    Esteban, Hyland & Rätsch (2017), arXiv:1706.02633.
    """
    z, label = keras.Input((latent,)), keras.Input((classes,))
    x = layers.Dense(width, activation="tanh")(layers.Concatenate()([z, label]))
    x = layers.RepeatVector(shape[0])(x)
    x = layers.GRU(width, return_sequences=True)(x)  # steps, 32
    x = layers.Conv1D(width, 5, padding="same", activation="relu")(x)
    x = layers.Dense(shape[1], activation="tanh")(x)
    return keras.Model([z, label], x, name="generator")


def recurrent_discriminator(shape, classes=1, width=32):
    """Return a discriminator that reads a sequence from both ends."""
    sequence, label = keras.Input(shape), keras.Input((classes,))
    x = layers.Conv1D(width, 5, strides=2, padding="same", activation="relu")(sequence)
    x = layers.Bidirectional(layers.GRU(width))(x)
    return _verdict(sequence, label, x, width=2 * width)


def _verdict(image, label, x, width=64):
    """Return the discriminator: features, and a logit that may ask for the label.

    The label enters as an inner product with the features ("does this image look like
    its label?"): Miyato & Koyama, ICLR (2018), arXiv:1802.05637.
    """
    features = layers.LeakyReLU(0.2, name="features")(layers.Dense(width)(x))
    logit = layers.Dense(1)(features)
    if label.shape[-1] > 1:
        wanted = layers.Dense(width, use_bias=False)(label)
        logit = layers.Add()([logit, layers.Dot(axes=1)([features, wanted])])
    return keras.Model([image, label], logit, name="discriminator")


#: kind → (generator, discriminator)
NETWORKS = {
    "dense": (dense_generator, dense_discriminator),
    "convolutional": (convolutional_generator, convolutional_discriminator),
    "recurrent": (recurrent_generator, recurrent_discriminator),
}
