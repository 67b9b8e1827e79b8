"""Explorers of ``30_svm``: the pictures that hold the street, and a machine to paint with."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter, gaussian_gradient_magnitude

from medkit.chapters.svm.explorers import Plane
from medkit.learning.classical import svm
from medkit.physics.optics import fundus
from medkit.views.explorer import Brush, Choice, Image, Lines, Picture, Slider, explorer

#: Side of the patches, in pixels of a photograph of `FUNDUS_SIZE`².
SIDE, FUNDUS_SIZE = 17, 420
#: Columns of the photograph between the patches to learn from and those to test with.
GAP = 2 * SIDE


@lru_cache
def retina() -> tuple[np.ndarray, ...]:
    """Return the photograph, its even green channel (0 to 1), field of view and tracing."""
    picture = fundus.photograph(FUNDUS_SIZE)
    field = fundus.field_of_view(picture)
    green = fundus.flat_green(picture, field)  # in standard deviations
    vessels, _ = fundus.segment(picture, mask=field)
    return picture, np.clip((green + 4) / 6, 0, 1), field, vessels


@lru_cache
def patches(n: int = 240, rng: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Cut patches from the real photograph of a retina, half of them around a vessel.

    The truth is the kit's own tracing, which has seen the whole photograph; so a score says
    how well a patch alone tells what the tracing found. Patches to learn from lie in the
    left of the photograph and patches to test with in the right: neighbours overlap, and
    must not be on both sides.

    Parameters
    ----------
    n : int
        Patches in each part, half of them with a vessel.
    rng : int
        Seed of the places.

    Returns
    -------
    dict
        ``"train"`` and ``"test"``, each images (n, SIDE, SIDE, 1) and labels (n,).
    """
    _, green, field, vessels = retina()
    half = SIDE // 2
    inner = np.zeros_like(field)
    inner[half:-half, half:-half] = True
    inner &= ~binary_dilation(~field, iterations=SIDE)
    near = binary_dilation(vessels, iterations=3)  # its edge is neither
    column = np.arange(FUNDUS_SIZE)[None]
    middle, rng = FUNDUS_SIZE // 2, np.random.default_rng(rng)
    parts = {}
    for part, where in (
        ("train", column < middle - GAP // 2),
        ("test", column > middle + GAP // 2),
    ):
        places = []
        for allowed in (inner & where & ~near, inner & where & vessels):
            found = np.argwhere(allowed)
            places.append(found[rng.choice(len(found), n // 2, replace=False)])
        cut = [
            green[r - half : r + half + 1, c - half : c + half + 1] for r, c in np.vstack(places)
        ]
        parts[part] = np.array(cut, np.float32)[..., None], np.repeat([0, 1], n // 2)
    return parts


@lru_cache
def machine():
    """Return a machine that has learned the patches pixel by pixel."""
    return svm.classifier("raw", C=1.0).fit(*patches()["train"])


@explorer(
    title="What the street stands on",
    rank=Slider(1, 40, 1, 1, label="Support vector, the heaviest first"),
)
def support(*, rank):
    """Look at the training pictures that hold the boundary where it is."""
    model, (images, labels), classes = machine(), patches()["train"], ("no vessel", "vessel")
    index, weight = svm.support_images(model)
    f = model.decision_function(images)
    place, alpha, C = index[rank - 1], abs(weight[rank - 1]), model["svc"].C
    sign = 1 if labels[place] else -1
    edge = sign * f[place]
    story = (
        "on the wrong side"
        if edge < 0
        else "inside the street"
        if edge < 0.99
        else "on the edge of its side"
    )
    bins = np.linspace(-3, 3, 31)
    counts = {
        name: np.histogram(np.clip(f[labels == k], -2.99, 2.99), bins)[0]
        for k, name in enumerate(classes)
    }
    return Picture(
        Image(
            images[place, ..., 0],
            f"A training picture: {classes[labels[place]]}",
            values=("1", 0, 1),
            colorbar=False,
        ),
        Lines(
            (bins[1:] + bins[:-1]) / 2,
            counts,
            "Where the training pictures lie",
            xaxis=("decision function f (1)", -3, 3),
            yaxis=("pictures in a bin", 0, 1.1 * max(c.max() for c in counts.values())),
            spans={"street": (-1, 1)},
            marks={"this one": float(np.clip(f[place], -3, 3))},
        ),
        caption=f"support vector {rank} of {len(index)}, of {len(images)} pictures: f = "
        f"{f[place]:.2f}, α = {alpha:.3g} of at most {C:g}; {story}",
        alt=f"A training picture of the class {classes[labels[place]]}, {story}, and how the "
        "decision function is spread in both classes.",
    )


#: The part of the photograph that `paint` shows: rows and columns.
CROP = np.s_[225:385, 150:310]


@lru_cache
def _pixels() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return photograph, features of each pixel and tracing of the part that is painted."""
    picture, green, _, vessels = retina()
    sizes = (1.0, 2.0, 4.0)
    columns = [green, gaussian_gradient_magnitude(green, 1.0)]
    columns += [gaussian_filter(green, s) - gaussian_filter(green, 1.6 * s) for s in sizes]
    table = np.stack([column[CROP].ravel() for column in columns], 1)
    table = (table - table.mean(0)) / table.std(0)
    return picture[CROP], table.astype(np.float32), vessels[CROP]


def _some(mask, n) -> np.ndarray:
    """Return the places of at most n pixels of a mask, evenly chosen."""
    places = np.flatnonzero(mask)
    return places[np.linspace(0, len(places) - 1, min(n, len(places))).astype(int)]


#: What is painted on a page on which nobody can paint: lines of (x, y), in pixels.
STROKES = {
    "a dark vein": [(86, 136), (104, 106), (120, 71)],
    "a thin vessel": [(127, 112), (142, 98), (158, 88)],
    "beside the vessels": [(30, 100), (60, 90)],
}


def first_stroke() -> np.ndarray:
    """Return what counts as painted until the learner paints: a piece of one vessel."""
    vessels = _pixels()[2]
    stroke = np.zeros_like(vessels)
    stroke[24:44, 90:130] = vessels[24:44, 90:130]
    return stroke


def _lesson(stroke, table) -> tuple[np.ndarray, np.ndarray]:
    """Return features of at most 60 pixels from elsewhere (0) and 60 painted ones (1)."""
    far = ~binary_dilation(stroke, iterations=8)
    # What is not painted may be a vessel too: a few wrong samples are what C is for.
    places = [_some(far if far.any() else ~_pixels()[2], 60), _some(stroke, 60)]
    return table[np.concatenate(places)], np.repeat([0, 1], [len(p) for p in places])


def first_lesson() -> tuple[np.ndarray, ...]:
    """Return what `paint` learns from before the learner paints.

    Returns
    -------
    x, y : numpy.ndarray
        Features (n, 5) and labels (n,) of painted pixels (1) and others (0).
    table : numpy.ndarray
        Features of every pixel, (rows · columns, 5).
    vessels : numpy.ndarray of bool
        The kit's tracing, (rows, columns).
    """
    _, table, vessels = _pixels()
    return *_lesson(first_stroke(), table), table, vessels


@lru_cache(maxsize=32)
def _taught(stroke: bytes, columns: int, kernel: str) -> tuple[np.ndarray, tuple]:
    """Return f of each pixel, and how many others, painted and support vectors there were."""
    _, table, vessels = _pixels()
    table, stroke = table[:, :columns], np.frombuffer(stroke, bool).reshape(vessels.shape)
    x, y = _lesson(stroke, table)
    plane = Plane(x, 2.0 * y - 1, kernel, 1.0, 1.0 / columns)
    counts = (y == 0).sum(), (y == 1).sum(), len(plane.vectors)
    return plane.f(table).reshape(vessels.shape), counts


@explorer(
    title="Paint a vessel, and let the machine find the rest",
    painted=Brush((160, 160), label="Paint on a vessel", radius=2, strokes=STROKES),
    columns=Choice(
        {"brightness": 1, "and slope": 2, "and blobs of three sizes": 5},
        default=5,
        label="Features of a pixel",
    ),
    kernel=Choice(["linear", "rbf"], default="rbf", label="Kernel"),
    threshold=Slider(-1.0, 1.0, 0.0, 0.05, label="Call it a vessel above f ="),
)
def paint(*, painted, columns, kernel, threshold):
    """Teach a machine with a brush: painted pixels against pixels from elsewhere."""
    picture, _, vessels = _pixels()
    stroke = painted if painted.any() else first_stroke()
    f, counts = _taught(stroke.tobytes(), columns, kernel)
    found = f > threshold
    overlap = fundus.dice(found, vessels)
    return Picture(
        Image(picture, "A real retina", masks={"painted": stroke}, mask_opacity=0.4),
        Image(
            f, "Decision function of each pixel", values=("1", -2, 2, "difference"), colorbar=False
        ),
        Image(picture, "Found", masks={"vessels": found}),
        caption="{1} painted pixels against {0} others: {2} support vectors; overlap with the "
        "kit's tracing (Dice) {3:.2f}".format(*counts, overlap),
        alt="Part of a photograph of a retina with painted pixels, the decision function of a "
        f"support vector machine, and the vessels it finds; Dice {overlap:.2f}.",
    )
