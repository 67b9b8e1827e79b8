"""Explorer of ``30_svm``: the pictures that hold the street."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import binary_dilation

from medkit.learning.classical import svm
from medkit.physics.optics import fundus
from medkit.views.explorer import Image, Lines, Picture, Slider, explorer

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
