"""The small networks of the workbench's algorithms: each built once a size and process."""

from functools import lru_cache, partial

from medkit.learning.backend import keras
from medkit.learning.networks.training import count_weights
from medkit.learning.pairs.networks import FEATURES, LOGIT, Duel, learn, run

__all__ = ["LOGIT", "count_weights", "learned", "outputs", "run", "untrained"]
layers = keras.layers
#: Numbers that an autoencoder squeezes a picture into; state of the recurrent network.
CODE, STATE = 16, 24


def cnn(shape):
    """Return three convolutions of stride 2; of each map the mean and the maximum, and a logit."""
    image = x = keras.Input(shape)
    for filters, side in ((8, 5), (16, 3), (32, 3)):
        x = layers.Conv2D(filters, side, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    both = [layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)]
    return keras.Model(image, layers.Dense(1)(layers.Concatenate()(both)))


def rnn(shape):
    """Return a GRU that reads the picture, at half its size, row by row, and a logit."""
    image = keras.Input(shape)
    lines = layers.Reshape((shape[0] // 2, shape[1] // 2))(layers.AveragePooling2D(2)(image))
    states = layers.GRU(STATE, return_sequences=True)(lines)
    return keras.Model(image, layers.Dense(1)(layers.GlobalMaxPooling1D()(states)))


def autoencoder(shape):
    """Return a dense autoencoder; the layer of its 16 numbers is called "code"."""
    image = keras.Input(shape)
    x = layers.Dense(64, "gelu")(layers.Flatten()(image))
    x = layers.Dense(64, "gelu")(layers.Dense(CODE, name="code")(x))
    return keras.Model(image, layers.Reshape(shape)(layers.Dense(shape[0] * shape[1])(x)))


def judge(shape):
    """Return the judge of a GAN: three convolutions and a logit."""
    image = x = keras.Input(shape)
    for filters in (8, 16, 32):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="leaky_relu")(x)
    return keras.Model(image, layers.Dense(1)(layers.Flatten()(x)))


def gan(shape):
    """Return a writer of pictures and their judge."""
    rows, columns = shape[:2]
    noise = keras.Input((FEATURES,))
    x = layers.Dense(rows * columns // 2, "leaky_relu")(noise)
    x = layers.UpSampling2D()(layers.Reshape((rows // 4, columns // 4, 8))(x))
    x = layers.Conv2D(8, 3, padding="same", activation="leaky_relu")(x)
    x = layers.Conv2D(1, 3, padding="same")(layers.UpSampling2D()(x))
    return Duel(keras.Model(noise, x), judge(shape))


@lru_cache(maxsize=32)
def _builder(build, shape):
    """Return what builds a network: the same for equal sizes, so that it is compiled once."""
    return partial(build, shape)


def learned(build, reader, x, y, **settings):
    """Return a network of its own with the weights that a reader's settings teach it."""
    how = {"epochs": reader.epochs, "seed": reader.seed, **settings}
    shared = learn(_builder(build, x.shape[1:]), x, y, **how)
    # The trained one is shared by all fits of this process.
    own = (judge if build is gan else build)(x.shape[1:])
    own.set_weights((shared.judge if build is gan else shared).get_weights())
    return own


def untrained(build, shape, seed):
    """Return a network as it is before it has learned anything."""
    keras.utils.set_random_seed(seed)
    return build(shape)


def outputs(network, wanted, x):
    """Return what some layers of a network give, one array a layer."""
    body = keras.Model(network.inputs[0], [layer.output for layer in wanted])
    return [keras.ops.convert_to_numpy(part) for part in body(x)]
