"""Explorers of ``34_gan``: films of trained generators, walks through latent space, and copies."""

from functools import lru_cache

import numpy as np

from medkit.data.sets import shipped
from medkit.learning.evaluation.gan_judges import nearest
from medkit.learning.studies import synthesis
from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Point, Slider, explorer

#: Thumbnails a side on the map of latent space, and how far it reaches in standard deviations.
TILES, REACH = 5, 2.0
MODELS = {"breast ultrasound": "us_breast", "head CT": "ct_bleed", "real retina": "retina"}
SIZES = {"32 × 32": 32, "64 × 64": 64}


@lru_cache
def _generator(name, size):
    return synthesis.StoredGenerator.load(name, size)


def _directions(plane, latent=16):
    """Return the two directions that span a plane through the middle of latent space."""
    rng = np.random.default_rng(plane)
    basis, _ = np.linalg.qr(rng.normal(size=(latent, 3)))
    # Typical vectors have length √latent: a fixed third direction keeps the middle typical.
    return np.sqrt(latent / 3) * basis.T


def place(plane, x, y) -> np.ndarray:
    """Return the latent vectors of places on the map, shape (n, latent)."""
    right, up, away = _directions(plane)
    x, y = np.atleast_1d(x)[:, None] / REACH * 1.4, np.atleast_1d(y)[:, None] / REACH * 1.4
    return x * right + y * up + away


@lru_cache(maxsize=32)
def _atlas(name, size, plane):
    """Return a mosaic of healthy images over the plane."""
    side = np.linspace(-REACH, REACH, 2 * TILES + 1)[1::2]
    x, y = np.meshgrid(side, side[::-1])
    images = _generator(name, size).generate(place(plane, x.ravel(), y.ravel()))[..., 0]
    return np.block([list(row) for row in images.reshape(TILES, TILES, *images.shape[1:])])


@lru_cache
def _film(name):
    stored = shipped.arrays(synthesis.file_name(name))
    return stored["steps"], stored["film"] / 255, stored["judged"]


@explorer(
    title="Thousands of steps",
    moment=Slider(0, 4, 1, 1, label="Moment of the film", play_s=5),
    model=Choice(MODELS, default="retina", label="Generator of"),
)
def film(*, moment, model):
    """Watch pictures grow, and the judges beside them."""
    steps, samples, judged = _film(model)
    moment = round(moment * (len(steps) - 1) / 4)  # one learned longer: its last is shown, too
    edges, pixels = judged[moment]
    places = np.arange(len(steps))
    return Picture(
        Image(
            synthesis.sheet(samples[moment, :24], 6),
            f"After {steps[moment]} steps",
            values=("1", 0, 1),
            colorbar=False,
        ),
        Lines(
            places,
            {"recall by edges": judged[:, 0, 2], "recall by pixels": judged[:, 1, 2]},
            xlabel=f"moment: {', '.join(map(str, steps))} steps",
            yaxis=("share of real pictures covered (1)", 0, 1),
            marks={"now": places[moment]},
        ),
        caption=f"after {steps[moment]} steps the Fréchet distance is {edges[0]:.2f} by edges and "
        f"{pixels[0]:.2f} by pixels; recall is {edges[2]:.2f} and {pixels[2]:.2f}",
        alt=f"Twenty-four generated pictures after {steps[moment]} steps; recall by edges "
        f"{edges[2]:.2f}, by pixels {pixels[2]:.2f}.",
    )


@explorer(
    title="A walk through latent space",
    model=Choice(MODELS, label="Generator of"),
    size=Choice(SIZES, default=64, label="Pixels"),
    at=Point(0.6, 0.4, xlim=(-REACH, REACH), ylim=(-REACH, REACH), label="Place", unit="1"),
    ill=Slider(0.0, 1.0, 1.0, 0.1, label="Told to draw disease", play_s=4),
    plane=Button(label="Another plane"),
)
def walk(*, model, size, at, ill, plane):
    """Drag the point: each place is a picture, and neighbours are alike."""
    generator = _generator(model, size)
    z = place(plane, *at)
    drawn = generator.generate(np.repeat(z, 2, 0), [0, ill])[..., 0]
    names = generator.classes or ("no labels", "no labels")
    extent = (-REACH, REACH, REACH, -REACH)
    changed = float(np.abs(drawn[1] - drawn[0]).mean())
    look = {"unit": "1", "limits": (0, 1), "colorbar": False}
    return Picture(
        Image(
            _atlas(model, size, plane),
            "Map of a plane of latent space",
            extent=extent,
            xlabel="along the first direction (σ)",
            ylabel="along the second (σ)",
            **look,
        ),
        Image(drawn[0], f"z, “{names[0]}”", values=("1", 0, 1), colorbar=False),
        Image(drawn[1], f"the same z, {100 * ill:.0f} % “{names[1]}”", **look),
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
    drawn = _generator("retina", 32).sample(1, rng=seed)[0, ..., 0]
    mixed = (1 - likeness) * drawn + likeness * train[seed % len(train)]
    distance, index = nearest(mixed[None], train)
    share = float(np.mean(usual < distance[0]))
    edges = np.linspace(0, 0.2, 41)
    counts, _ = np.histogram(usual, edges)
    settings = {"unit": "1", "limits": (0, 1), "colorbar": False}
    return Picture(
        Image(mixed, "Suspect", **settings),
        Image(train[index[0]], "Nearest training patch", **settings),
        Lines(
            (edges[1:] + edges[:-1]) / 2,
            {"real patches of the other half": counts},
            "How near are strangers?",
            xaxis=("distance to the nearest (1)", 0, 0.2),
            yaxis=("patches", 0, 40),
            marks={"suspect": distance[0]},
        ),
        caption=f"distance {distance[0]:.3f}; {100 * share:.0f} % of real patches from the other "
        "half of the photograph are nearer to a training patch than that",
        alt=f"A generated patch of retina, the training patch nearest to it at distance "
        f"{distance[0]:.3f}, and the distances of real patches that were held out.",
    )
