"""Explorers of ``22_deep_learning``: a playground, and three balls that roll down a loss."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.special import expit
from sklearn.datasets import load_breast_cancer

from medkit.chapters.svm.images import patches
from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Slider, explorer

#: Steps of a training: with all points in one batch each is an epoch.
EPOCHS = 160
#: Points to learn from, and as many unseen ones.
POINTS = 120
#: The plane reaches from −REACH to REACH both ways; pixels of the map, and of a neuron's.
REACH, MAP, TILE = 3.0, 48, 24
#: Which patches `doubtful` shows, and which of them with the wrong label.
PATCHES = {"A": 651, "B": 13, "C": 445, "D": 1104, "E": 766, "F": 32, "G": 871, "H": 583}
WRONG = {"D", "F"}
#: At each EVERY-th epoch the losses are taken.
EVERY = 4


def circles(rng, n):
    """Draw a disc, and a ring around it."""
    label = np.arange(n) % 2
    angle, radius = 2 * np.pi * rng.random(n), np.sqrt(rng.uniform(0, 1, n))
    radius = np.where(label == 1, 1.1 * radius, 1.7 + 0.8 * radius)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), label


def xor(rng, n):
    """Draw two opposite corners against the two others."""
    at = rng.uniform(0.25, 2.4, (n, 2)) * rng.choice([-1, 1], (n, 2))
    return at, (at[:, 0] * at[:, 1] > 0).astype(int)


def spiral(rng, n):
    """Draw two arms, wound around each other."""
    label = np.arange(n) % 2
    along = np.sqrt(rng.uniform(0.01, 1, n))
    angle = 1.2 * 2 * np.pi * along + np.pi * label
    return 2.6 * along[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), label


def moons(rng, n):
    """Draw two half moons that reach into each other."""
    label = np.arange(n) % 2
    angle = np.pi * rng.random(n)
    at = np.stack([np.cos(angle), np.sin(angle)], 1)
    return 1.5 * np.where(label[:, None] == 1, [1, 0.5] - at, at) - [0.75, 0.35], label


def tumours(rng, n):
    """Choose real tumours: texture and smoothness in standard deviations; 1: malignant."""
    table = load_breast_cancer()
    x = table.data[:, [1, 4]]
    some = rng.permutation(len(x))[:n]
    return ((x - x.mean(0)) / x.std(0))[some], 1 - table.target[some]


PLANES = {f.__name__: f for f in (circles, xor, spiral, moons, tumours)}

#: Each activation, and its slope from its own value.
ACTIVATIONS = {
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "ReLU": (lambda z: np.maximum(z, 0), lambda a: a > 0),
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(0.5 * z), lambda a: a - a * a),
    "none": (lambda z: z, np.ones_like),
}


@lru_cache(maxsize=64)
def points(plane: str, noise: float, seed: int):
    """Return places (2 · POINTS, 2) and labels: the first half is learned from."""
    rng = np.random.default_rng((seed, list(PLANES).index(plane)))
    x, y = PLANES[plane](rng, 2 * POINTS)
    return np.float32(x + noise * rng.normal(size=x.shape)), y


class Net:
    """A dense network whose weights are all views into one vector, for speed.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, neurons of each hidden layer, outputs.
    activation : str
        A key of `ACTIVATIONS`.
    """

    def __init__(self, sizes, activation):
        self.shapes = [(n + 1, m) for n, m in pairwise(sizes)]  # + 1: the bias
        self.bend, self.slope = ACTIVATIONS[activation]
        self.gain = 2.0 if activation == "ReLU" else 1.0

    def start(self, rng) -> np.ndarray:
        """Return the first weights: variance gain / inputs, biases 0."""
        layers = [rng.normal(0, (self.gain / (n - 1)) ** 0.5, (n, m)) for n, m in self.shapes]
        for layer in layers:
            layer[-1] = 0
        return np.float32(np.concatenate([layer.ravel() for layer in layers]))

    def layers(self, flat):
        """Return weights (…, n, m), biases (…, 1, m) of each layer: views of a vector (…, all)."""
        parts = np.split(flat, np.cumsum([n * m for n, m in self.shapes])[:-1], axis=-1)
        both = [p.reshape(*p.shape[:-1], *s) for p, s in zip(parts, self.shapes, strict=True)]
        return [(one[..., :-1, :], one[..., -1:, :]) for one in both]

    def forward(self, layers, x):
        """Return what each layer puts out, the logits last."""
        out = [x]
        for w, b in layers[:-1]:
            out.append(self.bend(out[-1] @ w + b))
        w, b = layers[-1]
        return [*out, out[-1] @ w + b]

    def backward(self, layers, out, wrong, slopes):
        """Write the slope of the loss along each weight into `slopes`, from the last layer on."""
        for k in range(len(layers) - 1, -1, -1):
            np.matmul(out[k].T, wrong, out=slopes[k][0])
            wrong.sum(0, keepdims=True, out=slopes[k][1])
            if k:
                wrong = wrong @ layers[k][0].T * self.slope(out[k])


@lru_cache(maxsize=128)
def learned(plane, noise, layers, neurons, activation, rate, seed):
    """Return a network, its weights after each epoch (EPOCHS + 1, all), and losses with places."""
    x, y = points(plane, noise, seed)
    net = Net((2, *(neurons,) * layers, 1), activation)
    w = net.start(np.random.default_rng(seed))
    slope, m, s = np.empty_like(w), np.zeros_like(w), np.zeros_like(w)
    matrices, slopes, trace = net.layers(w), net.layers(slope), np.empty((EPOCHS + 1, len(w)), "f4")
    mine, truth = x[:POINTS], np.float32(y[:POINTS, None])
    for t in range(EPOCHS):  # Adam, whose second memory is short: there are few steps
        trace[t] = w
        out = net.forward(matrices, mine)
        net.backward(matrices, out, (expit(out[-1]) - truth) / POINTS, slopes)
        m += np.float32(0.1) * (slope - m)
        s += np.float32(0.01) * (slope * slope - s)
        far = np.float32(rate / (1 - 0.9 ** (t + 1)))
        w -= far * m / (np.sqrt(s / np.float32(1 - 0.99 ** (t + 1))) + np.float32(1e-7))
    trace[-1] = w
    logits = net.forward(net.layers(trace[::EVERY]), x)[-1][..., 0]
    each = np.logaddexp(0, np.where(y == 1, -logits, logits))
    return net, trace, each.reshape(len(each), 2, POINTS).mean(-1)


def grid(side: int) -> np.ndarray:
    """Return the middles of side × side pixels of the plane, the upper row first."""
    at = (np.arange(side) + 0.5) / side * 2 * REACH - REACH
    return np.float32(np.stack(np.meshgrid(at, -at), -1).reshape(-1, 2))


def tiles(hidden) -> np.ndarray:
    """Lay the maps of all neurons into one image: a row a layer, a column a neuron; −1 to 1."""
    wall = np.full((4 * (TILE + 2), 8 * (TILE + 2)), np.nan, np.float32)
    for row, maps in enumerate(hidden):
        for column, one in enumerate(maps.T):
            r, c = row * (TILE + 2) + 1, column * (TILE + 2) + 1
            one = one / max(np.abs(one).max(), 1e-6)
            wall[r : r + TILE, c : c + TILE] = one.reshape(TILE, TILE)
    return wall


@explorer(
    title="Playground",
    plane=Choice(list(PLANES), "spiral", label="Data"),
    layers=Slider(1, 4, 2, label="Hidden layers"),
    neurons=Slider(1, 8, 8, label="Neurons a layer"),
    activation=Choice(list(ACTIVATIONS), label="Activation"),
    rate=Slider(0.001, 1.0, 0.05, label="Learning rate", log=True),
    noise=Slider(0.0, 1.0, 0.1, 0.05, unit="st. dev.", label="Noise"),
    epoch=Slider(0, EPOCHS, EPOCHS, label="Epoch", play_s=6),
    seed=Button("Start anew"),
)
def playground(*, plane, layers, neurons, activation, rate, noise, epoch, seed):
    """Watch the boundary grow, what each neuron has found, and both losses."""
    net, trace, losses = learned(plane, noise, layers, neurons, activation, rate, seed)
    x, y = points(plane, noise, seed)
    weights = net.layers(trace[epoch])
    says = expit(net.forward(weights, grid(MAP))[-1].reshape(MAP, MAP))
    hidden = net.forward(weights, grid(TILE))[1:-1]
    now = net.forward(weights, x)[-1][:, 0]
    mine, theirs = np.logaddexp(0, np.where(y == 1, -now, now)).reshape(2, POINTS).mean(1)
    hit = 100 * ((now > 0) == (y == 1)).reshape(2, POINTS).mean(1)
    ill, healthy = (
        ("malignant", "benign") if plane == "tumours" else ("blue points", "orange points")
    )
    names = {healthy: x[:POINTS][y[:POINTS] == 0].T, ill: x[:POINTS][y[:POINTS] == 1].T}
    units = ("texture (st. dev.)", "smoothness (st. dev.)")
    xlabel, ylabel = units if plane == "tumours" else ("x₁ (1)", "x₂ (1)")
    return Picture(
        Image(
            says,
            "What the network says",
            values=("1", 0, 1, "difference"),
            spacing_mm=1.0,
            xaxis=(xlabel, -REACH, REACH),
            yaxis=(ylabel, REACH, -REACH),
            points={name: tuple(at) for name, at in names.items()},
        ),
        Image(
            tiles(hidden),
            "What each neuron says",
            values=("1", -1, 1, "difference"),
            spacing_mm=1.0,
            colorbar=False,
            xaxis=("neuron", 0.5, 8.5),
            yaxis=("hidden layer", 0.5, 4.5),
        ),
        Lines(
            np.arange(0, EPOCHS + 1, EVERY),
            {"learned": losses[:, 0], "unseen": losses[:, 1]},
            "Loss",
            xaxis=("epoch", 0, EPOCHS),
            yaxis=("cross-entropy (nats)", 0, 1),
            marks={"here": epoch},
        ),
        caption=f"epoch {epoch}: loss {mine:.2f} learned, {theirs:.2f} unseen; called right "
        f"{hit[0]:.0f} % and {hit[1]:.0f} % · {trace.shape[1]} weights and biases",
        alt=f"A map of what a network of {layers} hidden layers says in the plane of the data set "
        f"{plane}, a map for each neuron, and the loss against the epoch: {mine:.2f} on learned "
        f"points, {theirs:.2f} on unseen ones.",
    )


def four_runs() -> dict[str, np.ndarray]:
    """Return the losses of four trainings with something to be seen, each (places, 2)."""
    settings = {
        "A": ("tumours", 0.0, 3, 8, "tanh", 0.05, 1),  # learns by heart
        "B": ("spiral", 0.1, 2, 8, "none", 0.05, 0),  # bends nothing
        "C": ("xor", 0.1, 4, 8, "tanh", 1.0, 0),  # leaps
        "D": ("moons", 0.1, 2, 8, "tanh", 0.001, 0),  # creeps
    }
    return {name: learned(*one)[2] for name, one in settings.items()}


def doubtful() -> tuple[np.ndarray, list[int]]:
    """Return eight patches of a real retina (8, 17, 17), and their labels, of which two are wrong.

    1 says that a vessel crosses the middle. The photograph is by Häggström,
    doi:10.15347/wjm/2014.008, in the public domain; the labels are the kit's own tracing.
    """
    images, labels = patches(1200)["test"]
    answers = [int(labels[k]) ^ (name in WRONG) for name, k in PATCHES.items()]
    return images[list(PATCHES.values()), ..., 0], answers
