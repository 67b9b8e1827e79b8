"""A GAN small enough to see through: points in a plane, gradients by hand, in NumPy.

Eight blobs on a ring are the classic trap: a generator that draws one of them perfectly
fools the discriminator for a while, and eight times over covers nothing. Here are also
the formulas of the game for known densities: the best discriminator there can be, the
value it reaches, and the Jensen–Shannon divergence that is behind it.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

#: Radius of the ring, spread of each blob, and how many there are.
RADIUS, SPREAD, MODES = 2.0, 0.1, 8


def ring_centres() -> np.ndarray:
    """Return the centres of the blobs, shape (8, 2)."""
    angle = 2 * np.pi * np.arange(MODES) / MODES
    return RADIUS * np.stack([np.cos(angle), np.sin(angle)], 1)


def ring(n: int, *, rng=None) -> np.ndarray:
    """Draw points from eight equally likely blobs on a ring, shape (n, 2)."""
    rng = np.random.default_rng(rng)
    centres = ring_centres()[rng.integers(MODES, size=n)]
    return centres + SPREAD * rng.normal(size=(n, 2))


def modes_covered(points) -> tuple[int, float]:
    """Return how many blobs are covered, and the share of points that lie in one.

    A point lies in a blob if it is within five spreads of its centre; a blob is covered
    if at least a fifth of its fair share of the points lie in it.

    >>> modes_covered(ring_centres())
    (8, 1.0)
    """
    points = np.asarray(points, float)
    distance = np.linalg.norm(points[:, None] - ring_centres(), axis=2)
    inside = distance.min(1) < 5 * SPREAD
    counts = np.bincount(distance.argmin(1)[inside], minlength=MODES)
    return int((counts >= 0.2 * len(points) / MODES).sum()), float(inside.mean())


# ---- the game, for densities that are known ------------------------------------------------


def optimal_discriminator(p, q) -> np.ndarray:
    r"""Return the best discriminator there can be, :math:`D^* = p / (p + q)`.

    Parameters
    ----------
    p, q : array_like
        Densities of the real and of the forged samples, at the same places.
    """
    p, q = np.asarray(p, float), np.asarray(q, float)
    return p / (p + q)


def game_value(d, p, q, step: float) -> float:
    r"""Return :math:`V = \int p \log D + q \log (1 - D)`, densities sampled every `step`."""
    d, p, q = (np.asarray(a, float) for a in (d, p, q))
    return float(step * (_times_log(p, d) + _times_log(q, 1 - d)).sum())


def jensen_shannon(p, q, step: float) -> float:
    r"""Return the Jensen–Shannon divergence in nats, from 0 (equal) to log 2 (disjoint).

    .. math:: \mathrm{JSD} = \tfrac12 \int p \log \frac{2p}{p+q}
              + \tfrac12 \int q \log \frac{2q}{p+q}

    >>> print(round(jensen_shannon([1.0, 0.0], [0.0, 1.0], 1.0), 3))  # log 2
    0.693
    """
    p, q = np.asarray(p, float), np.asarray(q, float)
    mean = np.where(p + q > 0, (p + q) / 2, 1.0)
    return float(0.5 * step * (_times_log(p, p / mean) + _times_log(q, q / mean)).sum())


def _times_log(weight, x):
    """Return weight · log x; where rounding left x = 0, the weight is next to nothing, too."""
    return weight * np.log(np.maximum(x, np.finfo(float).tiny))


# ---- two small networks, gradients by hand -------------------------------------------------


class Layers:
    """A network of dense layers with leaky ReLUs between them, and its Adam.

    Parameters
    ----------
    sizes : sequence of int
        Numbers going in, of each hidden layer, and coming out.
    rng : numpy.random.Generator
    """

    SLOPE = 0.2

    def __init__(self, sizes, rng):
        pairs = list(pairwise(sizes))
        self.weights = [rng.normal(size=pair) * np.sqrt(2 / pair[0]) for pair in pairs]
        self.weights += [np.zeros(out) for _, out in pairs]
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.weights]
        self.steps = 0

    def forward(self, x) -> list[np.ndarray]:
        """Return the input, what leaves each layer, and last the output."""
        half = len(self.weights) // 2
        leaving = [np.asarray(x, float)]
        for k in range(half):
            x = leaving[-1] @ self.weights[k] + self.weights[half + k]
            leaving.append(x if k == half - 1 else np.where(x > 0, x, self.SLOPE * x))
        return leaving

    def backward(self, leaving, gradient) -> tuple[list[np.ndarray], np.ndarray]:
        """Return the gradients of the weights and of the input, given that of the output."""
        half = len(self.weights) // 2
        gradients = [None] * len(self.weights)
        for k in reversed(range(half)):
            if k < half - 1:
                gradient = gradient * np.where(leaving[k + 1] > 0, 1.0, self.SLOPE)
            gradients[k] = leaving[k].T @ gradient
            gradients[half + k] = gradient.sum(0)
            gradient = gradient @ self.weights[k].T
        return gradients, gradient

    def descend(self, gradients, rate):
        """Take one step of Adam (Kingma & Ba, 2015, arXiv:1412.6980), with β of 0.5 and 0.999."""
        self.steps += 1
        moved = zip(self.weights, gradients, self.moments, strict=True)
        for weight, gradient, (mean, square) in moved:
            mean += 0.5 * (gradient - mean)
            square += (1 - 0.999) * (gradient**2 - square)
            fair = np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8
            weight -= rate * mean / (1 - 0.5**self.steps) / fair


def generator_slope(logit, loss: str = "non-saturating") -> np.ndarray:
    """Return the derivative of the generator's loss by the discriminator's logit.

    ``"minimax"``: of log(1 − D), which is −D; ``"non-saturating"``: of −log D, which is
    D − 1. Where a forgery is seen through (D ≈ 0), the first vanishes and the second does not.

    >>> generator_slope(-5.0, "minimax").round(3), generator_slope(-5.0).round(3)
    (np.float64(-0.007), np.float64(-0.993))
    """
    d = 1 / (1 + np.exp(-np.asarray(logit, float)))
    return -d if loss == "minimax" else d - 1


#: Random numbers that make a point; neurons of the hidden layers; rate of the generator's Adam.
LATENT, HIDDEN, RATE = 4, (32, 32), 1e-3


@dataclass
class ToyGAN:
    """Two dense networks that play for points in a plane.

    Parameters
    ----------
    loss : {"non-saturating", "minimax"}
        The generator's.
    pace : float
        How many times as fast as the generator the discriminator learns.
    pack : int
        How many points the discriminator judges together (all real, or all forged). From
        2 on it sees that forgeries are too much alike: Lin et al., PacGAN (2018),
        arXiv:1712.04086.
    seed : int
    """

    loss: str = "non-saturating"
    pace: float = 1.0
    pack: int = 1
    seed: int = 0

    def __post_init__(self):
        self.rng = np.random.default_rng(self.seed)
        self.generator = Layers((LATENT, *HIDDEN, 2), self.rng)
        self.discriminator = Layers((2 * self.pack, *HIDDEN, 1), self.rng)

    def sample(self, n: int, *, rng=None) -> np.ndarray:
        """Draw forgeries, shape (n, 2)."""
        z = np.random.default_rng(rng).normal(size=(n, LATENT))
        return self.generator.forward(z)[-1]

    def logits(self, points) -> np.ndarray:
        """Return the discriminator's logit of each point; if packed, of copies of it."""
        return self.discriminator.forward(np.tile(points, self.pack))[-1][:, 0]

    def step(self, real):
        """Let both take one step, given a batch of real points; n is a multiple of `pack`."""
        judge, n = self.discriminator, len(real)
        drawn = self.generator.forward(self.rng.normal(size=(n, LATENT)))
        packed = (n // self.pack, 2 * self.pack)
        of_real = judge.forward(np.reshape(real, packed))
        of_fake = judge.forward(drawn[-1].reshape(packed))
        share = 1 / packed[0]
        # d softplus(−t)/dt = D − 1 for real points, d softplus(t)/dt = D for forgeries
        up, _ = judge.backward(of_real, share * (_sigmoid(of_real[-1]) - 1))
        down, _ = judge.backward(of_fake, share * _sigmoid(of_fake[-1]))
        slope = share * generator_slope(of_fake[-1], self.loss)
        _, at_points = judge.backward(of_fake, slope)
        moves, _ = self.generator.backward(drawn, at_points.reshape(n, 2))
        judge.descend([a + b for a, b in zip(up, down, strict=True)], self.pace * RATE)
        self.generator.descend(moves, RATE)

    def play(self, steps: int):
        """Take many steps on the ring, each with 128 real points; return itself."""
        for _ in range(steps):
            self.step(ring(128, rng=self.rng))
        return self


def _sigmoid(t):
    return 1 / (1 + np.exp(-t))


# ---- games that were played before, for the explorers --------------------------------------

#: Settings of `dial`: paces, points judged together, losses, seeds; and steps of each game.
PACES, PACKS, GAMES = (0.25, 1.0, 4.0, 16.0), (1, 2), ("non-saturating", "minimax")
SEEDS, STEPS = (0, 1, 2), 1500
#: Steps after which `film` keeps a picture, and the edge of the map it keeps.
MOMENTS = (0, 10, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1250, 1500, 2000)
EDGE, GRID = 3.0, 41


def plane() -> np.ndarray:
    """Return the places of the map, shape (41 · 41, 2), row by row from the top."""
    side = np.linspace(-EDGE, EDGE, GRID)
    x, y = np.meshgrid(side, side[::-1])
    return np.stack([x.ravel(), y.ravel()], 1)


def film(pack: int) -> tuple[np.ndarray, np.ndarray]:
    """Return forgeries (moments, 160, 2) and D's verdict (moments, 41, 41) of one game."""
    game, points, maps, done = ToyGAN(pace=4.0, pack=pack, seed=1), [], [], 0
    for moment in MOMENTS:
        game.play(moment - done)
        done = moment
        points.append(game.sample(160, rng=0))
        maps.append(_sigmoid(game.logits(plane())).reshape(GRID, GRID))
    return np.array(points), np.array(maps)


def dial() -> tuple[np.ndarray, np.ndarray]:
    """Return, for each (loss, pack, pace), the forgeries of seed 0 and all seeds' coverage.

    Returns
    -------
    points : numpy.ndarray
        Shape (2, 2, 4, 160, 2).
    covered : numpy.ndarray
        Blobs covered and share of points in a blob, shape (2, 2, 4, seeds, 2).
    """
    points = np.empty((len(GAMES), len(PACKS), len(PACES), 160, 2))
    covered = np.empty((*points.shape[:3], len(SEEDS), 2))
    for place in np.ndindex(points.shape[:3]):
        loss, pack, pace = GAMES[place[0]], PACKS[place[1]], PACES[place[2]]
        for seed in SEEDS[::-1]:
            game = ToyGAN(loss, pace=pace, pack=pack, seed=seed).play(STEPS)
            covered[(*place, seed)] = modes_covered(game.sample(2000, rng=0))
        points[place] = game.sample(160, rng=0)
    return points, covered


def make(folder):
    """Play all games and store them as ``gan_ring.npz``; return the file."""
    from medkit.data.sets import shipped

    contents = {}
    for pack in PACKS:
        points, maps = film(pack)
        contents[f"points_{pack}"] = points.astype(np.float16)
        contents[f"map_{pack}"] = np.round(255 * maps).astype(np.uint8)
    points, covered = dial()
    return shipped.save(
        folder,
        "gan_ring",
        dial=points.astype(np.float16),
        covered=covered.astype(np.float32),
        **contents,
    )
