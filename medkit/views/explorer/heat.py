"""Heat over images: explanations where they belong, on the anatomy."""

from collections.abc import Sequence

import numpy as np

from medkit.views.explorer.picture import Image, Picture
from medkit.views.explorer.pixels import colour_table


def overlay(image, heat, *, limit: float | None = None, opacity: float = 0.7) -> np.ndarray:
    """Return a grey image with heat in colour over it: the hotter, the less transparent.

    Parameters
    ----------
    image : array_like
        Shape (rows, columns) or (rows, columns, channels), 0 (black) to 1 (white).
    heat : array_like
        Shape (rows, columns); what is negative stays grey.
    limit : float, optional
        The heat shown brightest; by default the largest. Give it to compare images.
    opacity : float
        Of the hottest place, 0 to 1.

    Returns
    -------
    numpy.ndarray
        uint8, shape (rows, columns, 3), for `medkit.views.explorer.picture.Image`.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    image, heat = np.asarray(image, dtype=float), np.asarray(heat, dtype=float)
    grey = image.mean(-1) if image.ndim == 3 else image
    if grey.shape != heat.shape:
        raise ValueError(f"image {grey.shape} and heat {heat.shape} differ")
    top = heat.max() if limit is None else limit
    share = np.clip(heat / top, 0, 1) if top > 0 else np.zeros_like(heat)
    colours = colour_table("hot")[(255 * share).astype(int)].astype(float)
    alpha = opacity * np.sqrt(share)[..., None]  # the root lets mild heat be seen
    mixed = (1 - alpha) * 255 * np.clip(grey, 0, 1)[..., None] + alpha * colours
    return np.rint(mixed).astype(np.uint8)


def explained(
    images, heats, titles: Sequence[str], *, masks=None, alt: str, caption: str, columns=None
) -> Picture:
    """Return images with their heat, and the true lesion outlined.

    Parameters
    ----------
    images, heats : array_like
        Of `overlay`, n of each. Every image has its own brightest heat.
    titles : sequence of str
        One an image: what it is, what the model says.
    masks : array_like of bool, optional
        Shape (n, rows, columns): where the lesion truly is.
    alt, caption : str
        As of `Picture`.
    columns : int, optional

    Returns
    -------
    Picture
    """
    masks = [None] * len(images) if masks is None else masks
    panels = [
        Image(
            overlay(image, heat), title=title, colorbar=False,
            masks={"lesion": mask} if mask is not None and np.any(mask) else {},
        )
        for image, heat, title, mask in zip(images, heats, titles, masks, strict=True)
    ]  # fmt: skip
    return Picture(*panels, caption=caption, alt=alt, columns=columns)
