"""Explorers of ``01_concepts``: one patient seen by five, and the map of ten links."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from matplotlib import font_manager
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from medkit.data import tasks
from medkit.learning.evaluation import Interval
from medkit.learning.text import language
from medkit.learning.text.negation import mentions, plain
from medkit.views.explorer import Choice, Image, Picture, Slider, Table, Words, explorer

#: The five, clockwise from the top, with what they are called in full.
CONCEPTS = {
    "ML": "machine learning",
    "DL": "deep learning",
    "CV": "computer vision",
    "DM": "data mining",
    "NLP": "natural language",
}
#: Link → what was measured, what came of it, and the numbers of the stored notebook. A learner's
#: own numbers take their place; a test holds these to the notebook.
LINKS = {
    "ML–CV": (
        "AUC, is there a bleed?",
        "vision gives the learner features",
        {
            "pixels": Interval(0.62, 0.54, 0.70),
            "vision's features": Interval(0.87, 0.81, 0.91),
            "control: 4 random sums": Interval(0.54, 0.46, 0.62),
        },
    ),
    "ML–DL": (
        "AUC, is there a bleed?",
        "features learned, or made by hand",
        {
            "features by hand": Interval(0.87, 0.81, 0.91),
            "features learned (network, seed 0)": Interval(0.84, 0.78, 0.89),
            "control: pixels, no layers": Interval(0.63, 0.55, 0.70),
        },
    ),
    "ML–NLP": (
        "AUC, is there a bleed?",
        "words become features",
        {
            "the word is in the report": Interval(0.50, 0.50, 0.50),
            "bag of words": Interval(0.97, 0.92, 0.99),
            "control: labels dealt anew": 0.48,
        },
    ),
    "ML–DM": (
        "AUC, is there a bleed?",
        "kinds found without labels as features",
        {
            "mean of the spots": Interval(0.87, 0.82, 0.91),
            "kinds of spots": Interval(0.79, 0.72, 0.85),
            "control: kinds by a die": Interval(0.55, 0.47, 0.63),
        },
    ),
    "DL–CV": (
        "AUC, is there a bleed?",
        "filters designed or learned",
        {
            "filters designed": Interval(0.80, 0.73, 0.86),
            "filters learned": Interval(0.84, 0.78, 0.89),
            "control: filters of chance": Interval(0.77, 0.70, 0.83),
        },
    ),
    "DL–NLP": (
        "AUC, on which side?",
        "reading words in their order",
        {
            "bag of words": Interval(0.92, 0.85, 0.96),
            "five words in a row": Interval(1.00, 0.96, 1.00),
            "control: in a row, words shuffled": Interval(0.93, 0.87, 0.96),
        },
    ),
    "DL–DM": (
        "groups agree with the truth (adjusted Rand)",
        "groups inside a network",
        {
            "pixels": Interval(0.00, 0.00, 0.02),
            "trained network": Interval(0.25, 0.17, 0.38),
            "control: untrained network": Interval(0.07, 0.01, 0.15),
            "vision's features": Interval(0.28, 0.20, 0.39),
        },
    ),
    "CV–NLP": (
        "AUC, is there a bleed?",
        "reports give images their labels",
        {
            "labels: the truth": Interval(0.87, 0.81, 0.91),
            "labels: read from reports": Interval(0.87, 0.81, 0.91),
            "control: labels dealt anew": 0.49,
        },
    ),
    "CV–DM": (
        "groups agree with … (adjusted Rand)",
        "what one measures decides what one finds",
        {
            "grain, scanner": Interval(0.63, 0.54, 0.72),
            "grain, bleed": Interval(0.00, 0.00, 0.01),
            "spots, scanner": Interval(0.00, 0.00, 0.02),
            "spots, bleed": Interval(0.26, 0.20, 0.33),
        },
    ),
    "NLP–DM": (
        "lift (1: nothing to do with each other)",
        "rules from an archive of reports",
        {
            "uncertain → bleed": Interval(1.56, 1.25, 1.86),
            "control: uncertain, bleeds dealt anew": 1.00,
            "a fracture → bleed": Interval(1.03, 0.83, 1.24),
            "control: a fracture, bleeds dealt anew": 1.00,
        },
    ),
}
#: Width and height of the map, its middle and the radius of its ring, pixels.
_WIDE, _HIGH, _MIDDLE, _RING = 760, 340, 170, 112
_ORANGE, _BLUE, _GREY = (190, 75, 0), (0, 90, 150), (150, 156, 162)
#: What the kit's reader says of a bleed, in the words of the legend.
_STATUS = {"present": "there", "absent": "denied", "uncertain": "in doubt"}


def _corner(name):
    """Return the place of a concept on the map, in pixels."""
    angle = 2 * np.pi * list(CONCEPTS).index(name) / 5
    return _MIDDLE + _RING * np.sin(angle), _MIDDLE + 8 - _RING * np.cos(angle)


def _pen(page):
    """Return what draws on a page, and what writes: at (x, y), anchored, in a size."""
    pen, path = ImageDraw.Draw(page), font_manager.findfont("DejaVu Sans")

    def write(x, y, words, size=14, anchor="lm", colour="black"):
        halo = {"stroke_width": 3, "stroke_fill": "white"} if colour == "black" else {}
        pen.text((x, y), words, colour, ImageFont.truetype(path, size), anchor=anchor, **halo)

    return pen, write


def _draw_map(page, chosen):
    """Draw the five and their ten links, the chosen one in orange."""
    pen, write = _pen(page)
    for link in sorted(LINKS, key=lambda link: link == chosen):  # the chosen one on top
        a, b = (_corner(name) for name in link.split("–"))
        colour, width = (_ORANGE, 8) if link == chosen else (_GREY, 2)
        pen.line([*a, *b], fill=colour, width=width)
    for name, words in CONCEPTS.items():
        x, y = _corner(name)
        colour = _ORANGE if name in chosen.split("–") else _BLUE
        pen.ellipse([x - 27, y - 27, x + 27, y + 27], fill=colour)
        write(x, y, name, 18, "mm", "white")
        x, y = max(x, 66), y + (40 if y > _MIDDLE + _RING / 2 else -40)
        write(x, y, words, 14, "mm")


def _draw_bars(page, what, numbers):
    """Draw one bar for each way, with its interval, its name and its number."""
    pen, write = _pen(page)
    left, right = 370, 750
    most = max(1.0, *(1.1 * float(getattr(v, "high", v)) for v in numbers.values()))

    def at(v):
        return left + max(float(v), 0) / most * (right - left)

    chance = 0.5 if what.startswith("AUC") else 1.0 if what.startswith("lift") else 0.0
    write(left, 36, what, 15)
    for k, (name, number) in enumerate(numbers.items()):
        y = 78 + 66 * k
        colour = _GREY if name.startswith("control: ") else _BLUE
        write(left, y, name)
        write(right, y, said(number), anchor="rm")
        for step in range(y + 9, y + 40, 6) if chance else ():  # dashes
            pen.line([at(chance), step, at(chance), step + 3], fill=_ORANGE, width=2)
        pen.rectangle([left, y + 14, at(getattr(number, "value", number)), y + 34], fill=colour)
        pen.line([left, y + 11, left, y + 37], fill="black", width=2)
        if hasattr(number, "low"):
            pen.line([at(number.low), y + 24, at(number.high), y + 24], fill="black", width=2)
            for end in (number.low, number.high):
                pen.line([at(end), y + 17, at(end), y + 31], fill="black", width=2)
    if chance:
        write(at(chance), y + 54, "chance", anchor="mm", colour=_ORANGE)


def said(number) -> str:
    """Return a number with its interval, where it has one."""
    return str(number) if hasattr(number, "low") else f"{number + 0.0:.2f}"


@explorer(title="Five words and ten links", link=Choice(list(LINKS), label="Link"))
def links(*, link: str, found: Mapping | None = None):
    """Choose a link: where it is on the map, and what it bought in numbers."""
    what, verdict, stored = LINKS[link]
    numbers = (found or {}).get(link, stored)
    page = Pillow.new("RGB", (_WIDE, _HIGH), "white")
    _draw_map(page, link)
    _draw_bars(page, what, numbers)
    told = "; ".join(f"{name} {said(number)}" for name, number in numbers.items())
    return Picture(
        Image(np.asarray(page), title=f"{link}: {verdict}", colorbar=False),
        caption=f"{link}: {verdict}. {what}: {told}",
        alt=f"Five circles joined by ten lines, that of {link} marked; bars: {what}: {told}.",
    )


@lru_cache(maxsize=1)
def _example():
    """Return a few patients for whom nobody has answers yet but the truth."""
    data = tasks.simulate("ct_bleed", 8, rng=1, radius_mm=(8, 18), contrast_hu=(25, 40))
    places = [np.argwhere(m).mean(0) if m.any() else (np.nan, np.nan) for m in data.masks]
    said = pd.DataFrame(places, columns=["row", "column"])
    said["area"] = data.masks.sum((1, 2)) * 0.375**2
    for column in ("reads", "network", "group", "truth"):
        said[column] = data.labels
    return 80 * data.images[..., 0], data.reports, said.assign(score=4.0 * data.labels - 2)


@explorer(
    title="One patient, five readers",
    patient=Slider(0, 199, 3, label="Patient of the test", play_s=60),
)
def case(*, patient, images=None, reports: Sequence[str] = (), said: pd.DataFrame | None = None):
    """Turn through patients: what each of the five has to say, and whether it is true."""
    if images is None:
        images, reports, said = _example()
    at = patient % len(images)
    one = said.iloc[at]
    bleed = ("no bleed", "bleed")
    found = np.isfinite(one["row"])
    ring = np.linspace(0, 2 * np.pi, 40)
    radius = 3 + np.sqrt(one["area"] / np.pi) / 0.375 if found else 0
    circle = (one["column"] + radius * np.cos(ring), one["row"] + radius * np.sin(ring))
    side = "left" if one["column"] > 31.5 else "right"
    answers = [
        ["vision", f"{one['area']:.1f} cm², {side}" if found else "no bright spot"],
        ["language", f"reads: {bleed[int(one['reads'])]}"],
        ["machine", f"score {one['score']:.1f}: {bleed[int(one['score'] > 0)]}"],
        ["deep", f"{one['network']:.0%}: {bleed[int(one['network'] > 0.5)]}"],
        ["mining", f"{('small spots', 'large spots')[int(one['group'])]}"],
        ["the truth", bleed[int(one["truth"])]],
    ]
    told = ", ".join(f"{who} {what}" for who, what in answers)
    return Picture(
        Image(
            images[at],
            title=f"patient {at} of {len(images)}",
            unit="HU",
            limits=(0, 80),
            spacing_mm=3.75,
            curves={"largest spot": circle} if found else {},
        ),
        _marked(reports[at]),
        Table(answers, header=["reader", "says"], highlight=5),
        caption=told,
        alt=f"A slice of a head, its largest bright spot ringed, with its report. {told}.",
    )


def _marked(report: str) -> Words:
    """Return the sentences that name a bleed, each naming marked: there, denied or in doubt."""
    parts = language.sections(report)
    text = "\n".join(plain(parts[name]) for name in ("findings", "impression") if name in parts)
    words, kinds = [], []
    for sentence in re.split(r"(?<=[.;\n])\s+", text):
        found, end = mentions(sentence, {"bleed": language.TERMS["bleed"]}), 0
        for mention in found:
            before = sentence[end : mention.start].split()
            words += [*before, sentence[mention.start : mention.end]]
            kinds += [*[""] * len(before), _STATUS[mention.status]]
            end = mention.end
        rest = sentence[end:].split() if found else []
        words, kinds = [*words, *rest], [*kinds, *[""] * len(rest)]
    return Words(words, kinds, legend=list(_STATUS.values()), title="what the report says of it")
