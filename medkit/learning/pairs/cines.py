"""CNN + RNN: a CNN looks at each frame, an RNN remembers in which order it saw what."""

from functools import partial

from medkit.data.tasks import hearts
from medkit.learning.backend import keras
from medkit.learning.pairs.networks import FEATURES, LOGIT, learn, run
from medkit.learning.pairs.questions import marked

layers = keras.layers
LEARN, TEST, FRAMES, SIZE = 800, 400, 16, 12


def _convolved(x, filters=(6, 12), layer=layers.Conv2D, side=3, strides=2):
    """Return what convolutions make of frames whose grey values are spread out before."""
    x = layers.Rescaling(4.0, -1.2)(x)
    for count in filters:
        x = layer(count, side, strides=strides, padding="same", activation="relu")(x)
    return x


def looked(film):
    """Return what one and the same CNN says of each frame, shape (batch, frames, 8).

    A filter that is one frame deep sees each frame by itself: what ``TimeDistributed`` of a
    two-dimensional network does, several times as quickly.
    """
    x = _convolved(film, layer=layers.Conv3D, side=(1, 3, 3), strides=(1, 2, 2))
    return layers.Dense(8, activation="relu")(layers.Reshape((FRAMES, -1))(x))


def pair(film):
    """Let a GRU follow what the CNN says."""
    return layers.GRU(FEATURES)(looked(film))


def averaged(film):
    """Give a CNN the mean of all frames."""
    x = _convolved(keras.ops.mean(film, axis=1))
    return layers.Dense(FEATURES, activation="relu")(layers.Flatten()(x))


def stacked(film):
    """Give a CNN all frames at once, as the channels of one image."""
    x = layers.Reshape((SIZE, SIZE, FRAMES))(layers.Permute((2, 3, 1, 4))(film))
    x = _convolved(x, (16, 16))
    return layers.Dense(FEATURES, activation="relu")(layers.Flatten()(x))


def solid(film):
    """Let a CNN slide over rows, columns and time."""
    x = _convolved(film, layer=layers.Conv3D, strides=(1, 2, 2))
    return layers.GlobalMaxPooling1D()(layers.Reshape((FRAMES, -1))(x))


def pixels(film):
    """Let a GRU read raw pixels."""
    return layers.GRU(FEATURES)(layers.Reshape((FRAMES, -1))(film))


WAYS = {
    "pair": pair,
    "CNN: mean over time": averaged,
    "CNN: frames as channels": stacked,
    "CNN: three dimensions": solid,
    "RNN: raw pixels": pixels,
}


def network(way):
    """Return a function that builds one of `WAYS` with a last layer on top."""

    def build():
        film = keras.Input((FRAMES, SIZE, SIZE, 1))
        return keras.Model(film, layers.Dense(1)(way(film)))

    return build


BUILDS = {name: network(way) for name, way in WAYS.items()}


def cases(seed):
    """Return 800 films with the side where the seizure began, and 400 for the exam."""
    cines, labels = hearts.seizures(LEARN + TEST, rng=[seed, 7])
    return cines[:LEARN], labels[:LEARN], cines[LEARN:], labels[LEARN:]


def cnn_rnn(seed, only=()):
    """On which side did the seizure begin? Both sides flash equally often, and at any time."""
    x, y, exam, truth = cases(seed)

    def answer(build):
        return run(learn(build, x, y, seed=seed, epochs=16, loss=LOGIT, rate=5e-3), exam)[:, 0]

    return marked(truth, {name: partial(answer, build) for name, build in BUILDS.items()}, only)
