"""Explorers of ``31_cnn``: design a kernel, see what a pixel sees, look into a network."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import zoom
from skimage.util import montage

from medkit.chapters.start_here.explorers import real_slice
from medkit.learning.by_hand.convolution import (
    convolve,
    convolve_gradients,
    count_parameters,
    output_size,
    receptive_field,
)
from medkit.learning.studies import plain_cnn
from medkit.views.explorer import (
    Choice,
    Image,
    Picture,
    Point,
    Slider,
    Table,
    Text,
    Toggle,
    explorer,
)

#: Kernels with a name, as one would type them.
NAMED = {
    "edges left to right": "-1 0 1; -2 0 2; -1 0 1",
    "edges top to bottom": "-1 -2 -1; 0 0 0; 1 2 1",
    "mean": "1 1 1; 1 1 1; 1 1 1 / 9",
    "sharpen": "0 -1 0; -1 5 -1; 0 -1 0",
    "spots (Laplacian)": "0 -1 0; -1 4 -1; 0 -1 0",
    "leave as it is": "0 0 0; 0 1 0; 0 0 0",
}

#: The kernels of the riddle, in the order of its pictures.
RIDDLE = {
    "A": "edges top to bottom",
    "B": "spots (Laplacian)",
    "C": "edges left to right",
    "D": "mean",
}


def read_kernel(text: str) -> np.ndarray:
    """Return the numbers of ``"0 1 0; 1 -4 1; 0 1 0"``, rows by semicolons, perhaps ``/ 9``.

    Raises
    ------
    ValueError
        If it is no square of 1, 3, 5 or 7 numbers a side.
    """
    numbers, _, divisor = text.partition("/")
    try:
        rows = [[float(n) for n in row.replace(",", " ").split()] for row in numbers.split(";")]
        kernel = np.array(rows) * (1 / float(divisor or 1))
    except (ValueError, ZeroDivisionError):
        kernel = np.empty(0)
    square = kernel.ndim == 2 and kernel.shape[0] == kernel.shape[1] in (1, 3, 5, 7)
    if not square or not np.isfinite(kernel).all():
        raise ValueError(f"{text!r}: type 3 rows of 3 numbers, such as 0 1 0; 1 -4 1; 0 1 0")
    return kernel


@lru_cache
def head_slice():
    """Return the real head CT in its brain window, from 0 to 1, and its pixel spacing."""
    pixels, spacing = real_slice()
    return ((pixels + 10) / 100).clip(0, 1).astype(np.float32), spacing


@explorer(
    title="Design a kernel",
    named=Choice(NAMED, label="Kernel"),
    own=Text(
        "",
        suggestions=("1 0 -1; 0 0 0; -1 0 1", "-1 -1 -1; -1 8 -1; -1 -1 -1"),
        label="Or your own, rows by ;",
    ),
    times=Choice({"once": 1, "twice": 2, "three times": 3, "four times": 4}, label="Applied"),
    positive=Toggle(False, label="Keep what is positive (ReLU)"),
)
def kernel(*, named, own, times, positive):
    """Nine numbers decide what a convolution sees."""
    image, spacing = head_slice()
    try:
        weights, words = read_kernel(own or named), ""
    except ValueError as error:
        weights, words = np.zeros((3, 3)), f" · {error}"
    seen = image[None, ..., None]
    for _ in range(times):
        seen = convolve(seen, np.float32(weights)[..., None, None])
        seen = np.maximum(seen, 0) if positive else seen
    seen = seen[0, ..., 0]
    total = float(weights.sum())
    # Kernels that add up to nothing show differences: zero is then the middle grey.
    size = max(float(np.abs(weights).sum()), 1e-3)
    reach = 0.25 * size * (size / 2) ** (times - 1)
    high = max(abs(total) ** times, reach) if abs(total) > 1e-9 else reach
    flat = f"a flat region is multiplied by {total**times:.3g}"
    low = 0.0 if positive or total > 1e-9 else -high
    return Picture(
        Image(image, "A real head CT", values=("1", 0, 1), spacing_mm=spacing),
        Image(weights, "The kernel", values=("1", -3, 3, "difference"), smooth=False),
        Image(seen, "What it sees", values=("1", low, high), spacing_mm=spacing),
        caption=f"the weights add up to {total:.2g}: "
        + ("a flat region becomes 0" if abs(total) < 1e-9 else flat)
        + words,
        alt="A real head CT, a small kernel of weights, and the CT convolved with it.",
    )


@lru_cache
def riddle() -> dict[str, np.ndarray]:
    """Return the real head CT after four kernels: letter → picture."""
    image = head_slice()[0][None, ..., None]
    return {
        letter: convolve(image, np.float32(read_kernel(NAMED[name]))[..., None, None])[0, ..., 0]
        for letter, name in RIDDLE.items()
    }


@lru_cache
def _layers(side, strides, n):
    """Return (kernel, stride) of n layers; "every second" halves in layers 2, 4 and 6."""
    return [
        (side, 2 if strides == "all" or (strides == "second" and k % 2) else 1) for k in range(n)
    ]


@lru_cache(maxsize=64)
def weight_of_pixels(side: int, strides: str, n: int, size: int) -> np.ndarray:
    """Return by how much each pixel counts for the middle output, if all weights are equal.

    The gradient of one output pixel, layer by layer backwards: no image is needed. Equal
    weights are a column times a row, and so is their gradient.
    """
    steps, sizes = _layers(side, strides, n), [size]
    for _, stride in steps:
        sizes.append(output_size(sizes[-1], side, stride))
    weights = np.full((side, 1, 1, 1), 1 / side, np.float32)
    slope = np.zeros((1, sizes[-1], 1, 1), np.float32)
    slope[0, sizes[-1] // 2] = 1
    for (_, stride), before in zip(reversed(steps), reversed(sizes[:-1]), strict=True):
        x = np.zeros((1, before, 1, 1), np.float32)
        slope = convolve_gradients(x, weights, slope, stride=stride)[0]
    return np.outer(slope, slope)


@explorer(
    title="How much of the image does one neuron see?",
    n_layers=Choice({str(n): n for n in range(1, 7)}, 3, label="Layers"),
    side=Choice({"3 × 3": 3, "5 × 5": 5, "7 × 7": 7}, label="Kernel"),
    strides=Choice(
        {"1 everywhere": "none", "2 in every second layer": "second", "2 in every layer": "all"},
        label="Stride",
    ),
)
def sees(*, n_layers, side, strides):
    """See the receptive field grow with layers, kernels and strides."""
    image, spacing = head_slice()
    image = image.reshape(64, 4, 64, 4).mean((1, 3))  # the same slice as a network gets it
    spacing = 4 * spacing
    steps = _layers(side, strides, n_layers)
    share = weight_of_pixels(side, strides, n_layers, len(image))
    field = receptive_field(steps)
    seen = share > 0
    falling = np.sort(share, axis=None)[::-1]
    enough = falling[np.searchsorted(np.cumsum(falling), 0.5 * falling.sum())]
    sizes = [len(image)]
    for kernel_side, stride in steps:
        sizes.append(output_size(sizes[-1], kernel_side, stride))
    weights = [count_parameters(side, 1 if k == 0 else 16, 16) for k in range(n_layers)]
    look = {"unit": "1", "limits": (0, 1), "spacing_mm": spacing}
    return Picture(
        Image(
            image,
            "What one output pixel sees",
            masks={"its receptive field": seen, "half of the weight": share >= enough},
            **look,
        ),
        Image(share / share.max(), "How much each pixel counts", colormap="magma", **look),
        Table(
            [
                [
                    k + 1,
                    f"{sizes[k + 1]}²",
                    f"{receptive_field(steps[: k + 1])}²",
                    f"{weights[k]:,}",
                ]
                for k in range(n_layers)
            ],
            header=["layer", "output", "sees", "weights"],
            title="Layer by layer, 16 filters each",
        ),
        caption=f"{field} × {field} pixels = {field * spacing:.0f} mm a side, with "
        f"{sum(weights):,} weights; half of the influence comes from {np.sum(share >= enough):,} "
        f"of {seen.sum():,} pixels",
        alt=f"A head CT with the square of {field} by {field} pixels that one output pixel sees "
        f"after {n_layers} layers, and the weight of each pixel, which is largest in the middle.",
    )


@lru_cache
def _stored():
    """Return the network that learned breast masses, and patients it has not seen."""
    return plain_cnn.load("us_breast")


@lru_cache
def _highest() -> list[float]:
    """Return a bright value of each layer over all patients: the scale of its maps."""
    return [float(np.quantile(found, 0.999)) for found in _stored().network.maps(_stored().images)]


def mosaic(maps: np.ndarray, columns: int) -> np.ndarray:
    """Return the maps of one layer, shape (rows, columns, filters), side by side, NaN between."""
    rows = -(-maps.shape[2] // columns)
    each = np.moveaxis(maps, 2, 0)
    return montage(each, fill=np.nan, grid_shape=(rows, columns), padding_width=1)[1:-1, 1:-1]


def moved(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return an image (rows, columns, channels) moved by up to 24 pixels; edges are repeated."""
    padded = np.pad(image, ((24, 24), (24, 24), (0, 0)), "edge")
    high, wide = image.shape[:2]
    return padded[24 - rows : 24 - rows + high, 24 - columns : 24 - columns + wide]


@explorer(
    title="Inside a network that looks at breast ultrasound",
    patient=Slider(1, plain_cnn.SHOWN, 1, label="Patient"),
    layer=Choice(
        {"first: 8 filters": 0, "second: 16 filters": 1, "third: 32 filters": 2}, label="Layer"
    ),
    filter_number=Slider(1, 32, 1, label="Filter to look at"),
    middle=Point(32, 32, xlim=(8, 56), ylim=(8, 56), label="Move the image by its middle"),
)
def feature_maps(*, patient, layer, filter_number, middle):
    """Choose an image, a layer and a filter; move the image and watch the maps follow."""
    stored = _stored()
    image = moved(stored.images[patient - 1], round(middle[1]) - 32, round(middle[0]) - 32)
    maps = stored.network.maps(image[None])
    found = maps[layer][0]
    number = (filter_number - 1) % found.shape[2]
    logit = float(maps[-1].mean((1, 2))[0] @ stored.network.weights + stored.network.bias)
    chance = 1 / (1 + np.exp(-logit))
    high = _highest()[layer]
    words = f"; truth: {stored.classes[stored.labels[patient - 1]]}"
    look = {"unit": "1", "limits": (0, high), "colormap": "magma", "smooth": False}
    return Picture(
        Image(image[..., 0], "The image", values=("1", 0, 1)),
        Image(mosaic(found, (4, 4, 8)[layer]), f"All {found.shape[2]} maps of the layer", **look),
        Image(found[..., number], f"Map {number + 1}", **look),
        caption=f"{found.shape[0]} × {found.shape[1]} × {found.shape[2]} numbers, "
        f"{np.mean(found > 0):.0%} of them not 0; probability of malignant {chance:.2f}{words}",
        alt=f"A simulated breast ultrasound and the {found.shape[2]} feature maps of one layer "
        f"of a small network, which says malignant with probability {chance:.2f}.",
    )


@lru_cache
def _order():
    """Return patients from the network's worst mistake to its best answer, and all logits."""
    stored = _stored()
    logits = stored.network.logit(stored.images)
    return np.argsort(np.where(stored.labels == 1, logits, -logits)), logits


@explorer(
    title="Where does the network look?",
    rank=Slider(1, plain_cnn.SHOWN, 1, label="Patient, from the worst answer to the best"),
    share=Slider(5, 50, 10, 5, unit="%", label="Outline the hottest"),
    truth=Toggle(False, label="Show where the mass is"),
)
def looks_at(*, rank, share, truth):
    """Hold the places that speak for the answer against the true outline of the mass."""
    stored, (order, logits) = _stored(), _order()
    number = int(order[rank - 1])
    image, mask = stored.images[number], stored.masks[number]
    sign = 1 if logits[number] > 0 else -1
    coarse = np.maximum(sign * stored.network.heat(image[None])[0], 0)
    heat = zoom(coarse, image.shape[0] / coarse.shape[0], order=1, mode="nearest", grid_mode=True)
    hot = heat >= np.quantile(heat, 1 - share / 100)
    inside, chance = (mask & hot).sum() / hot.sum(), mask.mean()
    called, true = stored.classes[sign > 0], stored.classes[stored.labels[number]]
    outlines = {f"hottest {share} %": hot} | ({"the mass": mask} if truth else {})
    return Picture(
        Image(image[..., 0], "What it was shown", values=("1", 0, 1), masks=outlines),
        Image(
            heat,
            f"What speaks for {called}",
            values=("logit", 0, _hottest(), "magma"),
            masks=outlines,
        ),
        caption=f"{'right' if called == true else 'WRONG'}: says {called}, is {true} (logit "
        f"{logits[number]:+.1f}); {inside:.0%} of the hottest places lie in the mass, "
        f"by chance {chance:.0%}",
        alt=f"A simulated breast ultrasound and the places that made a network say {called}; the "
        f"truth is {true}. {inside:.0%} of the hottest places lie in the mass.",
    )


@lru_cache
def _hottest() -> float:
    return float(np.quantile(np.abs(_stored().network.heat(_stored().images)), 0.99))
