"""Twenty pictures for a reader, who gets an ROC curve of their own beside the machine's."""

import re
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.data.sets import shipped
from medkit.learning.evaluation import auc, roc
from medkit.learning.studies import finder
from medkit.views.explorer import Image, Lines, Picture, Slider, Text, explorer

#: Pictures in a row of the sheet.
ACROSS = 5


@lru_cache
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures, shape (20, row, column), and who has a bleed, shape (20,)."""
    data = finder.reading()
    return data.images[..., 0], data.labels


@lru_cache
def machine() -> np.ndarray:
    """Return what the stored network says of each picture; larger where it is surer."""
    return shipped.arrays(f"finder_{finder.READING['task']}")["reading"]


def example() -> str:
    """Return the ratings of an example reader: a rule that looks for the brightest spot.

    The head's outline is left out, and the spots' brightness dealt into five ratings.
    """
    inside = ndimage.binary_erosion(pictures()[0].mean(0) > 0.2, iterations=12)
    brightest = [ndimage.gaussian_filter(p, 2.0)[inside].max() for p in pictures()[0]]
    ranks = np.argsort(np.argsort(brightest))
    return " ".join(str(1 + 5 * rank // len(ranks)) for rank in ranks)


def ratings_of(text: str) -> np.ndarray:
    """Return the ratings that a line holds: its digits from 1 to 5, whatever is between them."""
    return np.array([int(digit) for digit in re.findall("[1-5]", text)])


def _sheet():
    images = pictures()[0]
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)), constant_values=1.0)
    n, rows, columns = framed.shape
    grid = framed.reshape(n // ACROSS, ACROSS, rows, columns).swapaxes(1, 2)
    return grid.reshape(n // ACROSS * rows, ACROSS * columns)


@explorer(
    title="You are the reader",
    number=Slider(1, 20, 1, label="Picture"),
    ratings=Text(example(), longest=120, label="Your 20 ratings, 1 (no bleed) to 5 (bleed)"),
)
def reading(*, number, ratings):
    """Rate 20 heads from 1 to 5, and compare yourself with the machine on the same pictures."""
    images, truth = pictures()
    given = ratings_of(ratings)
    curves = {"coin": ([0, 1], [0, 1])}
    if len(given) == len(truth):
        areas = []
        for who, scores in (("you", given), ("machine", machine())):
            points = roc(truth, scores)
            curves[who] = (points.false_positive_rate, points.sensitivity)
            areas.append(f"{who} {auc(truth, scores)}")
        caption = f"AUC with 95 % interval, {len(truth)} pictures: {', '.join(areas)}"
        if ratings == example():
            caption = f"An example reader, a rule for bright spots, in your place. {caption}"
    else:
        caption = f"{len(given)} of {len(truth)} pictures are rated; the curves come at the end"
    return Picture(
        Image(images[number - 1], f"picture {number}", limits=(0, 1), colorbar=False),
        Image(_sheet(), "1 to 20, row by row", limits=(0, 1), colorbar=False),
        Lines(
            np.array([0.0, 1.0]),
            curves,
            "ROC curves",
            dashed=("coin",),
            xaxis=("false alarms (share of the healthy)", 0, 1),
            yaxis=("bleeds found (share)", 0, 1.02),
        ),
        caption=caption,
        alt="One noisy CT picture of a head; a sheet of 20 of them; and two curves, the share of "
        "bleeds found against false alarms, one of the reader and one of the network.",
    )
