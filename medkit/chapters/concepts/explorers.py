"""Explorers of ``01_concepts``: one patient seen by five, and the map of ten links."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

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


def _links() -> dict:
    """Return what ``links.toml`` says: link → (what was measured, what came of it, values)."""
    table = tomllib.loads(Path(__file__).with_name("links.toml").read_text("utf-8"))
    return {
        name: (
            row["measured"],
            row["outcome"],
            {k: Interval(*v) if isinstance(v, list) else v for k, v in row["values"].items()},
        )
        for name, row in table.items()
    }


#: The numbers of the stored notebook. A learner's own take their place; a test holds these to
#: the notebook.
LINKS = _links()
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
        write(right, y, with_interval(number), anchor="rm")
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


def with_interval(number) -> str:
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
    text = "; ".join(f"{name} {with_interval(number)}" for name, number in numbers.items())
    return Picture(
        Image(np.asarray(page), f"{link}: {verdict}", colorbar=False),
        caption=f"{link}: {verdict}. {what}: {text}",
        alt=f"Five circles joined by ten lines, that of {link} marked; bars: {what}: {text}.",
    )


@lru_cache(maxsize=1)
def _example():
    """Return a few patients for whom nobody has answers yet but the truth."""
    data = tasks.simulate("ct_bleed", 8, rng=1, radius_mm=(8, 18), contrast_hu=(25, 40))
    places = [np.argwhere(m).mean(0) if m.any() else (np.nan, np.nan) for m in data.masks]
    rows = pd.DataFrame(places, columns=["row", "column"])
    rows["area"] = data.masks.sum((1, 2)) * 0.375**2
    for column in ("reads", "network", "group", "truth"):
        rows[column] = data.labels
    return 80 * data.images[..., 0], data.reports, rows.assign(score=4.0 * data.labels - 2)


@explorer(
    title="One patient, five readers",
    patient=Slider(0, 199, 3, label="Patient of the test", play_s=60),
)
def case(*, patient, images=None, reports: Sequence[str] = (), table: pd.DataFrame | None = None):
    """Turn through patients: what each of the five has to say, and whether it is true."""
    if images is None:
        images, reports, table = _example()
    at = patient % len(images)
    one = table.iloc[at]
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
    text = ", ".join(f"{who} {what}" for who, what in answers)
    return Picture(
        Image(
            images[at],
            f"patient {at} of {len(images)}",
            values=("HU", 0, 80),
            spacing_mm=3.75,
            curves={"largest spot": circle} if found else {},
        ),
        _marked(reports[at]),
        Table(answers, header=["reader", "says"], highlight=5),
        caption=text,
        alt=f"A slice of a head, its largest bright spot ringed, with its report. {text}.",
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
