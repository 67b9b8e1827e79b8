"""Explorers of ``34_gan``: the game on a plane, its best judge, and walks through latent space."""

from functools import lru_cache

import numpy as np

from medkit.data.sets import shipped
from medkit.learning.by_hand import toy_gan
from medkit.learning.evaluation.gan_judges import nearest
from medkit.learning.studies import synthesis
from medkit.views.explorer import (
    Bars,
    Button,
    Choice,
    Image,
    Lines,
    Picture,
    Point,
    Slider,
    Toggle,
    explorer,
)

#: Thumbnails a side on the map of latent space, and how far it reaches in standard deviations.
TILES, REACH = 5, 2.0
_X = np.linspace(-6, 6, 601)
_AXES = {"extent": (-3, 3, 3, -3), "xlabel": "x (1)", "ylabel": "y (1)"}


def _normal(mean, spread):
    return np.exp(-0.5 * ((_X - mean) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))


@explorer(
    title="The best detective there can be",
    mean=Slider(-4.0, 4.0, 2.0, 0.1, label="Where the forger draws", play_s=6),
    spread=Slider(0.4, 2.0, 0.8, 0.1, label="How widely"),
)
def best_judge(*, mean, spread):
    """Move the forger's density onto the real one, and watch the best judge give up."""
    p, q, step = _normal(0, 1), _normal(mean, spread), _X[1] - _X[0]
    best = toy_gan.optimal_discriminator(p, q)
    divergence = toy_gan.jensen_shannon(p, q, step)
    value = toy_gan.game_value(best, p, q, step)
    return Picture(
        Lines(
            _X,
            {"real, p": p, "forged, q": q},
            xlabel="x (1)",
            ylabel="density (1)",
            title="Who draws where",
            xlim=(-6, 6),
            ylim=(0, 1.05),
        ),
        Lines(
            _X,
            {"D* = p / (p + q)": best},
            xlabel="x (1)",
            ylabel="probability of real (1)",
            title="The best discriminator",
            xlim=(-6, 6),
            ylim=(0, 1),
        ),
        caption=f"value of the game {value:.3f} = −log 4 + 2 · {divergence:.3f} "
        f"(Jensen–Shannon divergence; {100 * divergence / np.log(2):.0f} % of its greatest value)",
        alt=f"Densities of real and forged samples, the forger's at {mean:.1f} with spread "
        f"{spread:.1f}, and the best discriminator; the divergence is {divergence:.3f}.",
    )


@lru_cache
def _games():
    stored = shipped.arrays("gan_ring")
    return {key: array.astype(float) for key, array in stored.items()}


@lru_cache
def _real():
    return tuple(toy_gan.ring(160, rng=5).T)


def arrows(points, judged, step=0.45) -> tuple[np.ndarray, np.ndarray]:
    """Return strokes from points in the direction in which D's verdict rises, with gaps.

    Parameters
    ----------
    points : numpy.ndarray
        Shape (n, 2).
    judged : numpy.ndarray
        D on the map of `toy_gan.plane`, shape (41, 41).
    step : float
        The longest stroke.
    """
    logit = np.log(np.clip(judged, 1 / 512, 511 / 512) / np.clip(1 - judged, 1 / 512, 511 / 512))
    cell = 2 * toy_gan.EDGE / (toy_gan.GRID - 1)
    down, right = np.gradient(logit, cell)
    at = np.clip(np.round((points + toy_gan.EDGE) / cell).astype(int), 0, toy_gan.GRID - 1)
    rows, columns = toy_gan.GRID - 1 - at[:, 1], at[:, 0]
    slope = np.stack([right[rows, columns], -down[rows, columns]], 1)
    length = np.linalg.norm(slope, axis=1, keepdims=True)
    ends = points + slope / (1 + length) * step
    gap = np.full(len(points), np.nan)
    return tuple(np.stack([points[:, k], ends[:, k], gap], 1).ravel() for k in (0, 1))


@explorer(
    title="The game, move by move",
    moment=Slider(0, len(toy_gan.MOMENTS) - 1, 6, 1, label="Time", play_s=8),
    pack=Choice({"one by one": 1, "in pairs": 2}, label="D judges points"),
    pull=Toggle(True, label="Show where D's verdict rises"),
)
def landscape(*, moment, pack, pull):
    """Follow forgeries and the judge's map through a game on a ring of eight blobs."""
    points, judged = _games()[f"points_{pack}"][moment], _games()[f"map_{pack}"][moment] / 255
    modes, share = toy_gan.modes_covered(points)
    x, y = points.T
    steps = toy_gan.MOMENTS[moment]
    return Picture(
        Image(
            judged,
            title=f"D after {steps} steps: probability of real",
            unit="1",
            limits=(0, 1),
            colormap="viridis",
            points={"real": _real(), "forged": (x, y)},
            curves={"uphill": arrows(points[:60], judged)} if pull else {},
            **_AXES,
        ),
        caption=f"after {steps} steps {modes} of 8 blobs are covered; {100 * share:.0f} % of the "
        "forgeries lie in a blob",
        alt=f"A plane with eight blobs of real points and the forgeries after {steps} steps, over "
        f"the discriminator's verdict; {modes} blobs are covered.",
    )


@explorer(
    title="The collapse dial",
    pace=Choice(
        {f"{pace:g} ×": k for k, pace in enumerate(toy_gan.PACES)},
        default=2,
        label="D learns, against G",
    ),
    pack=Choice({"one by one": 0, "in pairs": 1}, label="D judges points"),
    loss=Choice({name: k for k, name in enumerate(toy_gan.GAMES)}, label="G's loss"),
)
def collapse(*, pace, pack, loss):
    """Choose how the game is played, and count the blobs that are left out."""
    place = (loss, pack, pace)
    points, covered = _games()["dial"][place], _games()["covered"][place]
    words = ", ".join(f"{modes:.0f}" for modes in covered[:, 0])
    every = _games()["covered"][loss, pack, :, :, 0]
    return Picture(
        Lines(
            points[:, 0],
            {"real": _real(), "forged": points[:, 1]},
            dots=("real", "forged"),
            title=f"Forgeries after {toy_gan.STEPS} steps",
            xlabel="x (1)",
            ylabel="y (1)",
            xlim=(-3, 3),
            ylim=(-3, 3),
        ),
        Bars(
            [f"{value:g}×" for value in toy_gan.PACES],
            {f"seed {seed}": every[:, seed] for seed in toy_gan.SEEDS},
            xlabel="pace of the discriminator",
            ylabel="blobs covered (of 8)",
            ylim=(0, 8.5),
            title="Blobs covered, three games each",
        ),
        caption=f"blobs covered in three games: {words}; on average "
        f"{100 * covered[:, 1].mean():.0f} % of the forgeries lie in a blob",
        alt=f"Forged points against the ring of eight blobs, and how many blobs three games "
        f"covered at each pace; here {words}.",
    )


@lru_cache
def _generator(name):
    return synthesis.StoredGenerator.load(name)


def _directions(name, plane):
    """Return the two directions that span a plane through the middle of latent space."""
    latent = _generator(name).latent
    rng = np.random.default_rng(plane)
    basis, _ = np.linalg.qr(rng.normal(size=(latent, 3)))
    # Typical vectors have length √latent: a fixed third direction keeps the middle typical.
    return np.sqrt(latent / 3) * basis.T


def place(name, plane, x, y) -> np.ndarray:
    """Return the latent vectors of places on the map, shape (n, latent)."""
    right, up, away = _directions(name, plane)
    x, y = np.atleast_1d(x)[:, None] / REACH * 1.4, np.atleast_1d(y)[:, None] / REACH * 1.4
    return x * right + y * up + away


@lru_cache(maxsize=32)
def _atlas(name, plane, share):
    """Return a mosaic of images over the plane."""
    side = np.linspace(-REACH, REACH, 2 * TILES + 1)[1::2]
    x, y = np.meshgrid(side, side[::-1])
    images = _generator(name).generate(place(name, plane, x.ravel(), y.ravel()), share)[..., 0]
    return np.block([list(row) for row in images.reshape(TILES, TILES, *images.shape[1:])])


MODELS = {"breast ultrasound": "us_breast", "head CT": "ct_bleed", "real retina": "retina"}


@lru_cache
def _film():
    stored = shipped.arrays("gan_retina")
    return stored["steps"], stored["film"] / 255, stored["judged"]


@explorer(
    title="Eight thousand steps",
    moment=Slider(0, 4, 1, 1, label="Moment of the film", play_s=5),
)
def film(*, moment):
    """Watch vessels grow, and the judges beside them."""
    steps, samples, judged = _film()
    edges, pixels = judged[moment]
    places = np.arange(len(steps))
    return Picture(
        Image(
            synthesis.sheet(samples[moment, :24], 6),
            title=f"After {steps[moment]} steps",
            unit="1",
            limits=(0, 1),
            colorbar=False,
        ),
        Lines(
            places,
            {"recall by edges": judged[:, 0, 2], "recall by pixels": judged[:, 1, 2]},
            xlabel="moment: 0, 250, 1000, 4000, 8000 steps",
            ylabel="share of real patches covered (1)",
            ylim=(0, 1),
            marks={"now": places[moment]},
        ),
        caption=f"after {steps[moment]} steps the Fréchet distance is {edges[0]:.2f} by edges and "
        f"{pixels[0]:.2f} by pixels; recall is {edges[2]:.2f} and {pixels[2]:.2f}",
        alt=f"Twenty-four generated patches of retina after {steps[moment]} steps; recall by edges "
        f"{edges[2]:.2f}, by pixels {pixels[2]:.2f}.",
    )


@explorer(
    title="A walk through latent space",
    model=Choice(MODELS, label="Generator of"),
    at=Point(0.6, 0.4, xlim=(-REACH, REACH), ylim=(-REACH, REACH), label="Place", unit="1"),
    ill=Slider(0.0, 1.0, 1.0, 0.1, label="Told to draw disease", play_s=4),
    plane=Button(label="Another plane"),
)
def walk(*, model, at, ill, plane):
    """Drag the point: each place is a picture, and neighbours are alike."""
    generator = _generator(model)
    z = place(model, plane, *at)
    told = generator.generate(np.repeat(z, 2, 0), [0, ill])[..., 0]
    names = generator.classes or ("no labels", "no labels")
    extent = (-REACH, REACH, REACH, -REACH)
    changed = float(np.abs(told[1] - told[0]).mean())
    look = {"unit": "1", "limits": (0, 1), "colorbar": False}
    return Picture(
        Image(
            _atlas(model, plane, 0),
            title="Map of a plane of latent space",
            extent=extent,
            xlabel="along the first direction (σ)",
            ylabel="along the second (σ)",
            **look,
        ),
        Image(told[0], title=f"z, “{names[0]}”", unit="1", limits=(0, 1), colorbar=False),
        Image(told[1], title=f"the same z, {100 * ill:.0f} % “{names[1]}”", **look),
        caption=f"z = {z.shape[1]} numbers, of length {np.linalg.norm(z):.1f}; the label changes a "
        f"pixel by {changed:.3f} on average",
        alt=f"A mosaic of generated pictures over a plane of latent space, and the picture at "
        f"({at[0]:.1f}, {at[1]:.1f}) with each label.",
    )


@lru_cache
def _patches():
    """Return the patches that were learned from, and the distances of others to them."""
    train, _ = synthesis.seen("retina")
    others = synthesis.retina_patches(200, half="lower", rng=7)
    return train[..., 0], nearest(others, train)[0]


@explorer(
    title="Is it a copy?",
    likeness=Slider(0.0, 1.0, 0.0, 0.05, label="Mix in a training patch"),
    seed=Button(label="Draw another"),
)
def copies(*, likeness, seed):
    """Compare a generated patch with the training patch nearest to it."""
    train, usual = _patches()
    drawn = _generator("retina").sample(1, rng=seed)[0, ..., 0]
    mixed = (1 - likeness) * drawn + likeness * train[seed % len(train)]
    distance, index = nearest(mixed[None], train)
    share = float(np.mean(usual < distance[0]))
    edges = np.linspace(0, 0.2, 41)
    counts, _ = np.histogram(usual, edges)
    settings = {"unit": "1", "limits": (0, 1), "colorbar": False}
    return Picture(
        Image(mixed, title="Suspect", **settings),
        Image(train[index[0]], title="Nearest training patch", **settings),
        Lines(
            (edges[1:] + edges[:-1]) / 2,
            {"real patches of the other half": counts},
            title="How near are strangers?",
            xlabel="distance to the nearest (1)",
            ylabel="patches",
            xlim=(0, 0.2),
            ylim=(0, 40),
            marks={"suspect": distance[0]},
        ),
        caption=f"distance {distance[0]:.3f}; {100 * share:.0f} % of real patches from the other "
        "half of the photograph are nearer to a training patch than that",
        alt=f"A generated patch of retina, the training patch nearest to it at distance "
        f"{distance[0]:.3f}, and the distances of real patches that were held out.",
    )
