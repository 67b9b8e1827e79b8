"""How the kit's generators were trained: thousands of steps, augmented, with a bounded slope.

Four things turn the DCGAN of the notebook into one that keeps learning for thousands of steps:

- both networks see *augmented* images only, real and forged alike, through operations that
  let gradients pass (DiffAugment: Zhao et al., NeurIPS (2020), arXiv:2006.10738);
- the discriminator pays for its slope at real images (R1: Mescheder et al., ICML (2018),
  arXiv:1801.04406), every 8th step and then eight times as much;
- Adam forgets quickly (β₁ = 0, β₂ = 0.99);
- the generator that is kept is a moving average of all that it was (0.998 a step).

The larger size begins where the smaller ended, with one block more at the fine end
(progressive growing: Karras et al., ICLR (2018), arXiv:1710.10196).

Gradients of gradients make this TensorFlow's alone. It is called by ``make`` of
`medkit.learning.studies.synthesis`.
What it reached is stored in each file as ``judged``, beside a film of samples. With seed 0, by
300 samples and 600 images held out (Fréchet distance, real to real in brackets; recall):

================  =====  ====================  ======  ====================  ======
file              steps  distance by edges     recall  distance by pixels    recall
================  =====  ====================  ======  ====================  ======
gan_retina        8,000  0.08 (0.05)           0.77    0.47 (0.30)           0.74
gan_us_breast     8,000  0.02 (0.01)           0.80    0.53 (0.27)           0.82
gan_ct_bleed     16,000  0.12 (0.01)           0.34    0.39 (0.39)           0.83
gan_retina_64     6,000  0.29 (0.18)           0.77    1.87 (1.21)           0.71
gan_us_breast_64  4,000  0.13 (0.04)           0.46    2.90 (1.12)           0.79
gan_ct_bleed_64  16,000  1.41 (0.07)           0.09    3.12 (1.54)           0.84
================  =====  ====================  ======  ====================  ======

Minutes of CPU time, one thread: 11, 5, 5, and 5 to 8 more for each of the larger, but 18 for the
retina's, whose discriminator is twice as wide (``MORE`` of `medkit.learning.studies.synthesis`; it
began with `gan_retina` as stored, and its discriminator was alone for 300 steps). Over twenty
draws of 300 it has 0.287 ± 0.027 by edges, where the usual width had 0.331 ± 0.035 after 4,000
steps, and real patches of the half that it learned from have 0.203 ± 0.040: the judges look at the
other half. By pixels forged and real have 2.10 ± 0.26 and 2.15 ± 0.39.

The word "bleed" changed next to nothing in the first heads (8,000 steps, 4,000 of the larger; width
16, 3,000 patients): the network of ``finder_ct_bleed`` of that time told real ones with an AUC of
0.99, drawn ones with 0.56 (0.52 to 0.59), and they covered few kinds of heads (in the table's
columns 0.16, 0.22, 1.55, 0.63 and 1.52, 0.06, 9.56, 0.32). A second output of the discriminator,
which must name the label (`naming`), with 64 images a step, width 24, a discriminator of 48 and
4,200 patients mended both. Of 500 drawn with the word and 500 without, at 64 pixels, the network of
today tells 1.00 (1.00 to 1.00), with mean logits of 16.9 and −5.7; of 300 real ones as much, with
16.9 and −4.9; of 300 of the first heads 0.62 (0.56 to 0.68). Which of the changes did it is not
told apart; after 2,000 steps of the larger it is 0.88, after 3,000 it is 0.98 (300 each). By edges
the heads are still the weakest. These two were trained on one GPU, with the same steps written in
JAX, in about five minutes, beside other work.

`gan_retina` was trained before `drawn` was written, with the same function of the same weights.
"""

import numpy as np

from medkit.learning.backend import keras
from medkit.learning.networks import gan_networks

ops = keras.ops

BATCH, RATE, GAMMA, LAZY, MEMORY, LATENT = 32, 5e-4, 0.02, 8, 0.998, 16
#: Size in pixels → how often the coarse picture of 8 × 8 is doubled, and steps.
SIZES = {32: (2, 8000), 64: (3, 4000)}
#: Steps in which only the discriminator learns when a generator has grown.
ALONE = 200


def networks(size: int, classes: int, width: int = 24, judge: int | None = None):
    """Return the generator and discriminator of that size, not trained.

    `width` is that of the layer of 32 × 32, `judge` that of the discriminator's, if it has one
    of its own; each doubling halves them.
    """
    doublings, _ = SIZES[size]
    own, other = (32 * wide // size for wide in (width, judge or width))
    return (
        gan_networks.convolutional_generator((size, size, 1), LATENT, classes, own, doublings),
        gan_networks.convolutional_discriminator((size, size, 1), classes, other, doublings),
    )


def naming(discriminator):
    """Return a discriminator with a second output, the logit that an image is of label 1.

    It comes from the features alone: the first output is told the label, this one must see it.
    (Odena, Olah & Shlens, ICML (2017), arXiv:1610.09585.)
    """
    name = keras.layers.Dense(1)(discriminator.get_layer("features").output)
    return keras.Model(discriminator.inputs, [discriminator.output, name])


def grown(small, large) -> None:
    """Give a generator the weights of a smaller one, wherever both have the same layer."""
    for a, b in zip(small.layers, large.layers, strict=False):
        if [w.shape for w in a.weights] != [w.shape for w in b.weights]:
            break
        b.set_weights(a.get_weights())


def augmented(x):
    """Return images (TensorFlow's) brightened by up to ¼ and moved by up to ⅛, at random.

    Parameters
    ----------
    x : tensorflow.Tensor
        Shape (n, size, size, 1), from −1 to 1; what is moved in is 0.
    """
    import tensorflow as tf

    n, size = tf.shape(x)[0], x.shape[1]
    x, most = x + tf.random.uniform((n, 1, 1, 1), -0.25, 0.25), size // 8
    x = tf.pad(x, ((0, 0), (most, most), (most, most), (0, 0)))
    start = tf.random.uniform((n, 2), 0, 2 * most + 1, tf.int32)
    rows, columns = (start[:, k : k + 1] + tf.range(size)[None] for k in (0, 1))
    return tf.gather(tf.gather(x, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)


#: A kernel of three taps behind a doubling is one of four taps that doubles by itself.
_TAPS = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]], np.float32)


def drawn(generator, z, condition):
    """Return what a generator in training draws, at 4/9 of the usual products.

    To repeat each pixel twice and then take 3 × 3 neighbours multiplies the same pixel up to
    four times. Added up beforehand, the taps make a transposed convolution of stride 2.
    """
    import tensorflow as tf

    x, double = tf.concat([z, condition], 1), False
    for layer in generator.layers[3:]:  # behind two inputs and their concatenation
        kind = type(layer).__name__
        if double:
            kernel = tf.einsum("as,bt,stio->aboi", _TAPS, _TAPS, layer.kernel)
            shape = tf.concat([[len(z)], 2 * tf.shape(x)[1:3], [kernel.shape[2]]], 0)
            x = tf.nn.conv2d_transpose(x, kernel, shape, 2)
        elif kind != "UpSampling2D":
            x = layer(x, training=True)
        double = kind == "UpSampling2D"
    return x


def train(
    images,
    labels,
    *,
    width=24,
    judge=None,
    names=0.0,
    batch=BATCH,
    small=None,
    steps=None,
    seed=0,
    watch=None,
):
    """Train a generator; return the moving average of it.

    Parameters
    ----------
    images : numpy.ndarray
        From 0 to 1, shape (n, size, size, 1), of one of `SIZES`.
    labels : numpy.ndarray or None
        0 or 1, shape (n,); None if all are of one kind.
    width, judge : int
        As `networks` takes them.
    names : float
        How much it counts in both losses that the discriminator cannot name an image's label.
        Of forgeries the generator pays for it alone: the discriminator learns names from real ones.
    batch : int
        Images a step.
    small : keras.Model, optional
        A generator of half the size, trained, to begin with.
    steps : int, optional
        Otherwise those of `SIZES`.
    seed : int
    watch : callable, optional
        ``watch(step, generator)`` before the first step and after each.

    Returns
    -------
    keras.Model
    """
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    size, classes = images.shape[1], 1 if labels is None else 2
    condition = np.ones((len(images), 1)) if labels is None else np.eye(2)[labels]
    pairs = (2 * images.astype(np.float32) - 1, condition.astype(np.float32))
    data = tf.data.Dataset.from_tensor_slices(pairs)
    data = data.shuffle(len(images), seed=seed).repeat().batch(batch)
    generator, discriminator = networks(size, classes, width, judge)
    discriminator = naming(discriminator) if names else discriminator
    if small is not None:
        grown(small, generator)
    average = keras.models.clone_model(generator)
    average.set_weights(generator.get_weights())
    adams = [keras.optimizers.Adam(RATE, beta_1=0.0, beta_2=0.99) for _ in range(2)]
    adams[0].build(discriminator.trainable_variables)
    adams[1].build(generator.trainable_variables)

    def look(x, condition):
        """Return the logits, and what it costs that names are missed."""
        if not names:
            return discriminator([x, condition], training=True), 0.0
        logit, name = discriminator([x, condition], training=True)
        return logit, names * tf.nn.sigmoid_cross_entropy_with_logits(condition[:, 1:], name)

    @tf.function
    def step(x, condition, bounded, both):
        z = tf.random.normal((batch, LATENT))
        with tf.GradientTape() as tape:
            real, missed = look(augmented(x), condition)
            fake, _ = look(augmented(drawn(generator, z, condition)), condition)
            loss = tf.reduce_mean(tf.nn.softplus(-real) + tf.nn.softplus(fake) + missed)
            if bounded:
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    total = tf.reduce_sum(look(augmented(x), condition)[0])
                slope = inner.gradient(total, x)
                loss += LAZY * GAMMA / 2 * tf.reduce_mean(tf.reduce_sum(slope**2, (1, 2, 3)))
        weights = discriminator.trainable_variables
        adams[0].apply(tape.gradient(loss, weights), weights)
        if not both:
            return
        z = tf.random.normal((batch, LATENT))
        with tf.GradientTape() as tape:
            fake, missed = look(augmented(drawn(generator, z, condition)), condition)
            loss = tf.reduce_mean(tf.nn.softplus(-fake) + missed)
        weights = generator.trainable_variables
        adams[1].apply(tape.gradient(loss, weights), weights)
        for kept, now in zip(average.weights, generator.weights, strict=True):
            kept.assign(MEMORY * kept + (1 - MEMORY) * now)

    steps = SIZES[size][1] if steps is None else steps
    if watch is not None:
        watch(0, average)
    for k, (x, condition) in enumerate(data.take(steps)):
        step(x, condition, k % LAZY == 0, small is None or k >= ALONE)
        if watch is not None:
            watch(k + 1, average)
    return average


class PortableGAN(keras.Model):
    """The notebook's GAN for JAX and PyTorch, which take gradients without a tape.

    Both losses are added up so that neither moves the other player.

    Set `G`, `D` and `adams` (an optimiser for each of "G" and "D"), then ``compile()`` and ``fit``.
    """

    def look(self, images):
        """Return D's logits; a subclass may show it something else."""
        return self.D(images, training=True)

    def compile(self, **settings):
        """Give each player its own Adam."""
        own = {variable.path for variable in self.D.trainable_variables}
        choose = keras.optimizers.MultiOptimizer(
            lambda variable: self.adams["D" if variable.path in own else "G"]
        )
        self.noise = keras.random.SeedGenerator(0)
        self.means = {name: keras.metrics.Mean(name=name) for name in "DG"}
        super().compile(optimizer=choose, loss=None)

    def call(self, real, training=True):
        """Return the losses of D and of G, each blind to the other's weights."""
        size = (ops.shape(real)[0], self.G.input_shape[1])
        fake = self.G(keras.random.normal(size, seed=self.noise), training=True)
        of_real, of_fake = self.look(real), self.look(ops.stop_gradient(fake))
        still = [(w, ops.stop_gradient(w.value)) for w in self.D.trainable_variables]
        with keras.StatelessScope(state_mapping=still):
            fooled = self.look(fake)
        missed = ops.softplus(-of_real) + ops.softplus(of_fake)
        return ops.mean(missed), ops.mean(ops.softplus(-fooled))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Add the two losses."""
        for mean, loss in zip(self.metrics, y_pred, strict=True):
            mean.update_state(loss)
        return y_pred[0] + y_pred[1]

    @property
    def metrics(self):
        """The losses of D and G, which `fit` reports."""
        return list(self.means.values())
