"""CNN + RNN and RNN + AE: networks for what comes one after the other."""

from medkit.learning.backend import keras
from medkit.learning.networks.autoencoder import SCHEDULE, Autoencoder
from medkit.learning.networks.rnn import CELLS, recurrent
from medkit.learning.networks.training import NetworkClassifier, Schedule

layers = keras.layers
#: For a few hundred short loops of small frames, in seconds.
QUICK = Schedule(epochs=15, batch_size=16, learning_rate=3e-3, weight_decay=1e-3)


class FrameSequenceClassifier(NetworkClassifier):
    """A CNN reads each frame of a loop (or slice of a volume), an RNN their order.

    Parameters
    ----------
    filters : int
        Of each of the three convolutions.
    cell, width, bidirectional, attention
        As of `medkit.learning.networks.rnn.recurrent`.
    schedule : Schedule
    seed : int

    Notes
    -----
    Samples have the shape (n, frames, rows, columns, channels).

    References
    ----------
    Donahue et al., IEEE TPAMI 39, 677 (2017), doi:10.1109/TPAMI.2016.2599174.
    """

    def __init__(
        self,
        filters=8,
        *,
        cell="gru",
        width=16,
        bidirectional=False,
        attention=False,
        schedule=QUICK,
        seed=0,
    ):
        self.filters = filters
        self.cell = cell
        self.width = width
        self.bidirectional = bidirectional
        self.attention = attention
        self.schedule = schedule
        self.seed = seed

    def prepare(self, x):
        """Return loops as float32, shape (n, frames, rows, columns, channels)."""
        x = super().prepare(x)
        if x.ndim != 5:
            raise ValueError(f"loops of shape {x.shape}: (n, frames, rows, columns, channels)")
        return x

    def build(self, shape, outputs):
        """Return the network: the same CNN for every frame, then the recurrence."""
        loop = keras.Input(shape)
        frame = x = keras.Input(shape[1:])
        x = layers.Rescaling(4.0, -2.0)(x)  # from 0…1 to −2…2
        for filters, side in ((self.filters, 5), (self.filters, 3), (self.filters, 3)):
            x = layers.Conv2D(filters, side, strides=2, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.ReLU()(x)
        # Flat, not averaged: where something moves is part of what a frame has to say.
        x = layers.Dense(self.width, activation="gelu")(layers.Flatten()(x))
        told = layers.TimeDistributed(keras.Model(frame, x, name="look"))(loop)  # frames, width
        summary = recurrent(
            told, cell=self.cell, width=self.width, bidirectional=self.bidirectional,
            attention=self.attention,
        )  # fmt: skip
        return keras.Model(loop, layers.Dense(outputs)(summary))


class SequenceAutoencoder(Autoencoder):
    """An RNN reads a sequence into a code, another writes the sequence from the code.

    Parameters
    ----------
    code : int
        How many numbers a sequence is squeezed into.
    cell : {"gru", "lstm", "simple"}
    width : int
        Numbers in the state of each RNN.
    noise, schedule, seed
        As of `Autoencoder`.

    Notes
    -----
    Samples have the shape (n, steps, channels).

    References
    ----------
    Srivastava, Mansimov & Salakhutdinov, ICML (2015), arXiv:1502.04681.
    """

    def __init__(self, code=8, *, cell="gru", width=32, noise=0.0, schedule=SCHEDULE, seed=0):
        super().__init__(code, noise=noise, schedule=schedule, seed=seed)
        self.cell = cell
        self.width = width

    def encoder(self, shape):
        """Return the network from (steps, channels) to codes."""
        if len(shape) != 2:
            raise ValueError(f"sequences of shape {shape}; expected (steps, channels)")
        sequence = keras.Input(shape)
        state = recurrent(sequence, cell=self.cell, width=self.width)
        return keras.Model(sequence, layers.Dense(self.code, name="code")(state), name="encoder")

    def decoder(self, shape, mean):
        """Return the network back."""
        code = keras.Input((self.code,))
        x = layers.RepeatVector(shape[0])(code)
        x = CELLS[self.cell](self.width, return_sequences=True)(x)
        x = layers.TimeDistributed(layers.Dense(shape[1]))(x)
        # The mean sequence is added as it is: the code has to tell only the difference.
        start = keras.initializers.Constant(mean.ravel())
        mean = layers.Dense(mean.size, kernel_initializer="zeros", bias_initializer=start)
        x = layers.Add()([x, layers.Reshape(shape)(mean(code))])
        return keras.Model(code, x, name="decoder")
