"""Pairs whose GAN draws: more patients for an SVM, traces for an RNN, frames for an autoencoder."""

import time

import numpy as np
from sklearn.decomposition import PCA

from medkit.learning.backend import keras
from medkit.learning.evaluation.gan_judges import frechet_distance
from medkit.learning.pairs import archive, networks
from medkit.learning.pairs.networks import FEATURES, Duel, learn, run, topped
from medkit.learning.pairs.questions import TEST, cases, flat, flipped, marked, says, svm

DUEL = {"loss": None, "rate": 2e-3, "momentum": 0.5}


def labelled():
    """Return a dense duel about frames that carry their label as 64 pixels more."""
    shape = (np.prod(networks.FRAME) + 64,)
    return Duel(networks.dense_writer(shape, 32), topped(networks.dense_body(shape, 32)))


def svm_gan(seed, only=()):
    """Is the wall thick? A GAN saw the same forty and their mirror images, and draws 160 more."""
    x, y, exam, truth = cases("wall", seed)
    many, labels = flipped(x, y)
    # The label is drawn, too: 64 pixels more, black or white.
    joint = np.hstack([flat(many), np.repeat(labels[:, None], 64, 1)]).astype("float32")
    made = {}

    def pair():
        zeros = np.zeros(len(joint))
        made["duel"] = duel = learn(labelled, joint, zeros, seed=seed, epochs=40, **DUEL)
        z = np.random.default_rng(seed).standard_normal((len(joint), FEATURES))
        drawn = run(duel.writer, z.astype("float32"))
        new = (drawn[:, -64:].mean(1) > 0.5).astype(int)
        return says(svm(), np.vstack([flat(many), drawn[:, :-64]]), np.r_[labels, new], flat(exam))

    def judged():
        asked = (np.hstack([flat(exam), np.full((TEST, 64), k)]).astype("float32") for k in (0, 1))
        healthy, ill = (run(made["duel"].judge, part)[:, 0] for part in asked)
        return ill - healthy

    noisy = flat(many) + 0.1 * np.random.default_rng(seed).standard_normal(flat(many).shape)
    copies = np.vstack([flat(many), noisy]), np.tile(labels, 2), flat(exam)
    ways = {
        "pair": pair,
        "SVM: alone": lambda: says(svm(), flat(many), labels, flat(exam)),
        "SVM: softer": lambda: says(svm(1.0), flat(many), labels, flat(exam)),
        "SVM: noisy copies": lambda: says(svm(), *copies),
        "GAN: its judge": judged,
    }
    return marked(truth, ways, only)


def likeness(real, drawn, features) -> float:
    """Return the distance of real samples from real ones over that of drawn ones: 1 at best."""
    first, second = features(real[::2]), features(real[1::2])
    floor, reached = frechet_distance(first, second), frechet_distance(first, features(drawn))
    return float(min(1.0, floor / reached))


def blocks(x):
    """Return brightness and roughness of each block of 4 × 4 pixels of frames."""
    parts = np.reshape(x, (len(x), 6, 4, 6, 4))
    return np.hstack([flat(parts.mean((2, 4))), flat(parts.std((2, 4)))])


def beats(x):
    """Return how strong each rhythm of traces is, and how high they are how often."""
    return np.hstack([np.abs(np.fft.rfft(flat(x), axis=1)), np.sort(flat(x), 1)[:, ::4]])


def _drawing(kind, table, seed, ways, only):
    """Let each of `ways` learn the archive and draw 400, and compare them with 400 new patients."""
    x, marks = archive.patients(kind)[0], {}
    axes = PCA(20, whiten=True, random_state=0).fit(table(x))
    real = cases({"frames": "wall", "traces": "rate"}[kind], seed)[2]
    for name in only or ways:
        draw, build, settings = ways[name]
        start, rng = time.process_time(), np.random.default_rng([seed, 1])
        y = np.zeros(len(x)) if "momentum" in settings else x
        steps = np.reshape(x, (-1, 16, 3))  # only for who tells a trace step by step
        x_y = (steps[:, :-1], steps[:, 1:]) if draw is told_by else (x, y)
        drawn = draw(learn(build, *x_y, seed=seed, **settings), x, rng)
        spent = time.process_time() - start
        marks[name] = likeness(real, drawn, lambda x: axes.transform(table(x))), spent
    return marks


def drawn_by(duel, x, rng):
    """Draw from a duel: random numbers go to its writer."""
    return run(duel.writer, rng.standard_normal((TEST, FEATURES)).astype("float32"))


def coded_by(network, x, rng):
    """Draw codes from a bell fitted to those of the archive, and let them be written."""
    duelled = isinstance(network, Duel)
    parts = (network.reader, network.writer) if duelled else network.layers[1:]
    codes = run(parts[0], x)
    drawn = rng.multivariate_normal(codes.mean(0), np.cov(codes.T), TEST)
    return run(parts[1], drawn.astype("float32"))


def told_by(teller, x, rng):
    """Let a network tell a trace from its first three samples, each step with its usual error."""
    steps = np.reshape(x, (len(x), 16, 3))
    spread = (steps[:, 1:] - run(teller, steps[:, :-1])).std((0, 1))
    forecast = np.zeros((TEST, 16, 3), np.float32)
    forecast[:, 0] = steps[rng.permutation(len(x))[:TEST], 0]
    for k in range(1, 16):
        forecast[:, k] = run(teller, forecast)[:, k - 1] + spread * rng.standard_normal((TEST, 3))
    return forecast.reshape(TEST, 48, 1)


def frame_coder():
    """Return a dense autoencoder of frames."""
    frame = keras.Input(networks.FRAME)
    body, writer = networks.dense_body(networks.FRAME), networks.dense_writer(networks.FRAME)
    return keras.Model(frame, writer(body(frame)))


def frame_duel():
    """Return a dense GAN of frames."""
    shape = networks.FRAME
    return Duel(networks.dense_writer(shape), topped(networks.dense_body(shape)))


def frame_coder_and_duel():
    """Return a dense autoencoder of frames with a judge of what it writes."""
    shape = networks.FRAME
    judge = topped(networks.dense_body(shape))
    return Duel(networks.dense_writer(shape), judge, networks.dense_body(shape))


def trace_duel():
    """Return a GAN of traces whose players are recurrent."""
    return Duel(networks.trace_writer(), topped(networks.trace_body()))


def flat_trace_duel():
    """Return a dense GAN of traces."""
    shape = networks.TRACE
    return Duel(networks.dense_writer(shape), topped(networks.dense_body(shape)))


def teller():
    """Return a network that says of each three samples which three come next."""
    past = keras.Input((None, 3))
    state = keras.layers.GRU(24, return_sequences=True)(past)
    return keras.Model(past, keras.layers.Dense(3)(state))


def ae_gan(seed, only=()):
    """Draw frames like real ones: an autoencoder with a judge of what it writes."""
    ways = {
        "pair": (coded_by, frame_coder_and_duel, {"epochs": 14, "batch": 64, **DUEL}),
        "AE: codes from a bell": (coded_by, frame_coder, {"epochs": 30, "batch": 64}),
        "GAN: alone": (drawn_by, frame_duel, {"epochs": 18, "batch": 64, **DUEL}),
    }
    return _drawing("frames", blocks, seed, ways, only)


def rnn_gan(seed, only=()):
    """Draw traces like real ones: a GAN whose players are recurrent."""
    ways = {
        "pair": (drawn_by, trace_duel, {"epochs": 6, "batch": 64, **DUEL}),
        "RNN: step by step": (told_by, teller, {"epochs": 8, "rate": 1e-2, "batch": 64}),
        "GAN: dense": (drawn_by, flat_trace_duel, {"epochs": 30, "batch": 64, **DUEL}),
    }
    return _drawing("traces", beats, seed, ways, only)
