"""Nine products and a sum: one pixel of a convolution of ``31_cnn``, and a riddle about kernels."""

from functools import lru_cache

import numpy as np

from medkit.chapters.cnn.explorers import NAMED, head_slice, read_kernel, small_head
from medkit.learning.by_hand.convolution import convolve
from medkit.views.explorer import Choice, Image, Picture, Point, Table, explorer

#: The kernels of the riddle, in the order of its pictures.
RIDDLE = {
    "A": "edges top to bottom",
    "B": "spots (Laplacian)",
    "C": "edges left to right",
    "D": "mean",
}


def _around(shape, row, column, reach):
    """Return a mask of the square around a pixel."""
    mask = np.zeros(shape, bool)
    mask[row - reach : row + reach + 1, column - reach : column + reach + 1] = True
    return mask


@explorer(
    title="Drag an output pixel, and see its nine products",
    named=Choice(NAMED, label="Kernel"),
    place=Point(17, 24, xlim=(2, 61), ylim=(2, 61), label="Output pixel", panel=1),
)
def nine(*, named, place):
    """Show the nine pixels below a kernel, what each is multiplied by, and where the sum goes."""
    image, spacing = small_head()
    weights = read_kernel(named)
    seen = convolve(image[None, ..., None], np.float32(weights)[..., None, None])[0, ..., 0]
    column, row = (round(float(v)) for v in place)
    below = image[row - 1 : row + 2, column - 1 : column + 2]
    high = max(float(np.quantile(np.abs(seen), 0.99)), 1e-3)
    words = [
        [f"{x:.2f}×{w:.2g} = {x * w:.2f}" for x, w in zip(*pair, strict=True)]
        for pair in zip(below, weights, strict=True)
    ]
    look = {"unit": "1", "spacing_mm": spacing}
    frame = {"pixels": _around(image.shape, row, column, 1)}
    return Picture(
        Image(image, "The image, and nine pixels of it", limits=(0, 1), masks=frame, **look),
        Image(
            seen,
            "The output, and the one pixel they make",
            limits=(-high, high),
            masks={"output": _around(image.shape, row, column, 0)},
            colormap="difference",
            **look,
        ),
        Image(below, "The nine pixels", values=("1", 0, 1), smooth=False),
        Table(
            [*words, ["", "sum", f"{seen[row, column]:.2f}"]],
            header=["left", "middle", "right"],
            title="Pixel × weight = product",
        ),
        caption=f"nine products, added: {seen[row, column]:.2f} is the output at row {row}, "
        f"column {column}",
        alt="A head CT of 64 by 64 pixels with a square of nine pixels, its convolution with the "
        f"one pixel that they make, and the nine products, which add up to "
        f"{seen[row, column]:.2f}.",
    )


@lru_cache
def riddle() -> dict[str, np.ndarray]:
    """Return the real head CT after four kernels: letter → picture."""
    image = head_slice()[0][None, ..., None]
    return {
        letter: convolve(image, np.float32(read_kernel(NAMED[name]))[..., None, None])[0, ..., 0]
        for letter, name in RIDDLE.items()
    }
