"""Small networks that the pairs share, and a duel of two of them."""

from functools import lru_cache

import numpy as np

from medkit.learning.backend import keras

layers, ops = keras.layers, keras.ops
FEATURES = 16  # numbers that a body makes of an image or a trace
FRAME, TRACE = (24, 24, 1), (48, 1)
#: Cross-entropy of one logit.
LOGIT = keras.losses.BinaryCrossentropy(from_logits=True)


def image_body():
    """Return a network from frames to `FEATURES` numbers: three convolutions."""
    image = keras.Input(FRAME)
    x = layers.Rescaling(4.0, -1.0)(image)
    for filters in (8, 16, 16):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="leaky_relu")(x)
    return keras.Model(image, layers.Dense(FEATURES, "leaky_relu")(layers.Flatten()(x)))


def trace_body():
    """Return a network from traces to `FEATURES` numbers: a GRU hears three samples at a time."""
    trace = keras.Input(TRACE)
    return keras.Model(trace, layers.GRU(FEATURES)(layers.Reshape((16, 3))(trace)))


def image_writer():
    """Return a network from `FEATURES` numbers to frames."""
    code = keras.Input((FEATURES,))
    x = layers.Reshape((6, 6, 16))(layers.Dense(576, "leaky_relu")(code))
    x = layers.Conv2D(16, 3, padding="same", activation="leaky_relu")(layers.UpSampling2D()(x))
    return keras.Model(code, layers.Conv2D(1, 3, padding="same")(layers.UpSampling2D()(x)))


def trace_writer():
    """Return a network from `FEATURES` numbers to traces: a GRU that hears them at each step."""
    code = keras.Input((FEATURES,))
    x = layers.GRU(FEATURES, return_sequences=True)(layers.RepeatVector(16)(code))
    return keras.Model(code, layers.Reshape(TRACE)(layers.Dense(3)(x)))


def dense_body(shape, width=64):
    """Return a network from samples of any shape to `FEATURES` numbers, blind to their order."""
    sample = keras.Input(shape)
    x = layers.Dense(width, "leaky_relu")(layers.Flatten()(sample))
    return keras.Model(sample, layers.Dense(FEATURES, "leaky_relu")(x))


def dense_writer(shape, width=64):
    """Return a network from `FEATURES` numbers to samples of any shape, blind to their order."""
    code = keras.Input((FEATURES,))
    x = layers.Dense(width, "leaky_relu")(layers.Dense(width, "leaky_relu")(code))
    return keras.Model(code, layers.Reshape(shape)(layers.Dense(int(np.prod(shape)))(x)))


def topped(body, outputs=1):
    """Return a body with a last layer on top."""
    return keras.Model(body.input, layers.Dense(outputs)(body.output))


def coder(body, writer):
    """Return a body and a writer in a row: an autoencoder."""
    return keras.Model(body.input, writer(body.output))


class Duel(keras.Model):
    """A writer and a judge, each moved by its own loss; with a reader, also an autoencoder.

    What is forged reaches the judge's loss through a ``stop_gradient``, and the writer is
    judged by a copy of the judge with frozen weights.

    Parameters
    ----------
    writer, judge : keras.Model
        From `FEATURES` numbers to a sample; from a sample to a logit, high for real.
    reader : keras.Model, optional
        From a sample to `FEATURES` numbers: the writer then writes what was read, and pays for
        each difference, too.
    """

    def __init__(self, writer, judge, reader=None):
        super().__init__()
        self.writer, self.judge, self.reader = writer, judge, reader
        self.noise = keras.random.SeedGenerator(0)

    def call(self, real):
        """Return the loss of each sample."""
        if self.reader is None:
            code = keras.random.normal((ops.shape(real)[0], FEATURES), seed=self.noise)
        else:
            code = self.reader(real)
        fake = self.writer(code)
        frozen = [ops.stop_gradient(weight) for weight in self.judge.trainable_variables]
        others = [variable.value for variable in self.judge.non_trainable_variables]
        fooled = ops.softplus(-self.judge.stateless_call(frozen, others, fake)[0])
        caught = ops.softplus(-self.judge(real)) + ops.softplus(self.judge(ops.stop_gradient(fake)))
        if self.reader is None:
            return fooled + caught
        return caught + 0.02 * fooled + 10 * ops.mean(ops.square(real - fake))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the mean of `call`."""
        return ops.mean(y_pred)


@lru_cache(maxsize=32)
def _compiled(build, loss, rate, momentum):
    """Return a network and the start of its optimiser: compiled once, trained as often as asked."""
    network = build()
    network.compile(keras.optimizers.Adam(rate, beta_1=momentum), loss=loss)
    network.optimizer.build(network.trainable_variables)
    return network, [ops.convert_to_numpy(variable) for variable in network.optimizer.variables]


def learn(
    build,
    x,
    y,
    *,
    seed,
    epochs,
    loss="mse",
    rate=3e-3,
    batch=32,
    momentum=0.9,
    start=(),
    progress=None,
):
    """Return the network of `build`, sent back to the random start of a seed, and trained.

    `start`: weights of its first layers, instead of random ones. `progress` is called after each
    epoch with its number, the number of epochs, and the losses.
    """
    network, fresh = _compiled(build, loss, rate, momentum)
    keras.utils.set_random_seed(seed)
    new = build().get_weights()
    network.set_weights([*start, *new[len(start) :]])
    for variable, value in zip(network.optimizer.variables, fresh, strict=True):
        variable.assign(value)

    def report(epoch, losses):
        progress(epoch + 1, epochs, losses)

    callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=report)] if progress else None
    network.fit(x, y, epochs=epochs, batch_size=batch, verbose=0, callbacks=callbacks)
    return network


def run(network, x):
    """Return what a network makes of samples."""
    parts = [ops.convert_to_numpy(network(x[k : k + 500])) for k in range(0, len(x), 500)]
    return np.concatenate(parts)
