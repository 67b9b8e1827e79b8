"""The notebook's GAN for JAX and PyTorch, where gradients are not taken with a tape."""

import keras
from keras import ops


class GAN(keras.Model):
    """Two players with one loss each, added up so that neither moves the other.

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
