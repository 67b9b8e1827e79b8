"""Every network, tiny: it must learn, predict finite numbers and repeat itself exactly.

``python tests/learning/networks/smoke.py`` runs on the backend that ``KERAS_BACKEND`` names.
"""

import numpy as np

from medkit.learning.backend import keras
from medkit.learning.networks.training import Schedule

RNG = np.random.default_rng(0)
PICTURES = RNG.random((24, 16, 16, 1), np.float32)
LABELS = np.arange(24) % 2
PICTURES[LABELS == 1, 4:12, 4:12] += 1
TINY = Schedule(epochs=2, batch_size=8)


def classifies(model, x, y=LABELS):
    first = model.fit(x, y).predict_proba(x)
    assert first.shape == (len(x), 2), first.shape
    assert np.isfinite(first).all()
    assert np.isfinite(model.history_["loss"]).all()
    learned = model.model_.get_weights()
    for weights, again in zip(learned, model.fit(x, y).model_.get_weights(), strict=True):
        np.testing.assert_array_equal(again, weights)


def small_cnn():
    from medkit.learning.networks.cnn import SmallCNN

    classifies(SmallCNN(width=4, schedule=TINY), PICTURES)


def residual_cnn():
    from medkit.learning.networks.cnn import ResidualCNN

    classifies(ResidualCNN(width=4, schedule=TINY), PICTURES)


def unet():
    from medkit.learning.networks.unet import UNet

    masks = PICTURES[..., 0] > 1
    model = UNet(width=2, schedule=TINY).fit(PICTURES, masks)
    found = model.predict_proba(PICTURES)
    assert found.shape == masks.shape
    assert np.isfinite(found).all()


def texts():
    from medkit.learning.networks.rnn import TextClassifier

    x = ["a bleed is seen" if label else "no bleed ." for label in LABELS]
    both = {"bidirectional": True, "attention": True}
    for cell in ({"cell": "simple"}, {"cell": "gru"}, {"cell": "lstm"}, both):
        classifies(TextClassifier(width=4, max_length=6, schedule=TINY, **cell), x)


def autoencoders():
    from medkit.learning.networks.autoencoder import Sampling, halves
    from medkit.learning.networks.training import train

    encoder, decoder = halves(PICTURES.mean(0), 3)
    dense = keras.Model(encoder.input, decoder(encoder.output))
    encoder, decoder = halves(PICTURES.mean(0), 3, heads=2)
    variational = keras.Model(encoder.input, decoder(Sampling()(encoder.output)))
    for model in (dense, variational):
        losses = train(model, PICTURES, PICTURES, schedule=TINY, loss="mse")["loss"]
        assert np.isfinite(losses).all()
        assert model.predict(PICTURES, verbose=0).shape == PICTURES.shape


def gan():
    from medkit.learning.networks.gan import GAN

    for kind in ("dense", "convolutional", "recurrent"):
        x = PICTURES[..., 0] / 2 if kind == "recurrent" else PICTURES / 2
        model = GAN(kind, latent=3, width=4, schedule=TINY).fit(x, LABELS)
        drawn = model.sample(5, rng=0)
        assert drawn.shape == (5, *x.shape[1:])
        assert np.isfinite(drawn).all()
        assert np.isfinite(model.decision_function(x, LABELS)).all()


def pairs():
    from medkit.learning.pairs.networks import Duel, learn, run, topped, trace_body, trace_writer

    traces = np.random.default_rng(0).normal(size=(16, 48, 1)).astype("float32")
    duel = learn(lambda: Duel(trace_writer(), topped(trace_body())), traces, np.zeros(16),
                 loss=None, seed=0, epochs=1)  # fmt: skip
    assert np.isfinite(run(duel.writer, np.zeros((3, 16), "float32"))).all()


def main():
    for check in (small_cnn, residual_cnn, unet, texts, autoencoders, gan, pairs):
        check()
        print(f"{keras.config.backend()}: {check.__name__} learns", flush=True)


if __name__ == "__main__":
    main()
