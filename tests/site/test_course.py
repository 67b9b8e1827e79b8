"""The whole site: every link, formula and picture of every page."""

import base64
import csv
import io
import json
import re
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from PIL import Image

from medkit import kit
from medkit.site import pages, search


def test_every_notebook_has_a_page(course):
    expected = {f"{path.stem}.html" for path in kit.notebooks()} | {"index.html", "glossary.html"}
    assert set(course.pages) == expected


def test_every_link_within_the_site_leads_to_a_page_and_its_anchor(course):
    broken, followed = [], 0
    for name, page in course.pages.items():
        for link in page.all("a"):
            to = urlsplit(link["href"])
            if to.scheme in ("http", "https"):
                continue
            target = course.pages.get(to.path or name)
            if target is None or (to.fragment and unquote(to.fragment) not in target.ids):
                broken.append(f"{name}: {link['href']}")
            followed += bool(to.fragment)
    assert not broken
    assert followed > 1000


def entries(folder):
    text = (folder / "search.js").read_text("utf-8")
    return json.loads(text.removeprefix("medkitIndex(").removesuffix(");\n"))


def test_whatever_is_found_is_there(course):
    found = entries(course.folder)
    for kind, words, target, _, _ in found:
        name, _, anchor = target.partition("#")
        assert name in course.pages, words
        assert not anchor or anchor in course.pages[name].ids, (kind, words, target)
    kinds = [entry[0] for entry in found]
    assert kinds.count("page") == len(kit.notebooks())
    assert kinds.count("term") > 400


def test_the_index_knows_headings_terms_and_their_chinese(course):
    found = {words: (kind, target, more) for kind, words, target, more, _ in entries(course.folder)}
    assert found["Build it: smear, but filter first"][1].startswith("11_ct.html#")
    kind, target, more = found["window"]
    assert (kind, target[:19]) == ("term", "00_start_here.html#")
    assert "窗" in more


def test_nearly_all_terms_lead_to_the_section_that_explains_them(course):
    terms = [entry for entry in entries(course.folder) if entry[0] == "term"]
    assert sum("#" in target for _, _, target, _, _ in terms) > 0.95 * len(terms)


def test_no_formula_is_left_in_latex(course):
    for name, page in course.pages.items():
        # "1,434 $" is money.
        left = [words for words in page.words if re.search(r"(?<!\d )\$|\\[a-zA-Z]", words)]
        assert not left, name
    assert sum(len(page.all("math")) for page in course.pages.values()) > 1000


def test_nothing_is_loaded_from_elsewhere(course):
    for name, page in course.pages.items():
        loads = [
            attrs.get("src") for attrs in page.all("script", "img", "audio", "source", "iframe")
        ]
        loads += [attrs["href"] for attrs in page.all("link")]
        for load in filter(None, loads):
            assert load.startswith("data:image/svg+xml,") or not urlsplit(load).scheme, (name, load)
            assert load.startswith("data:") or (course.folder / load).is_file(), (name, load)
        # From a disk a browser loads neither modules nor data.
        assert all(attrs.get("type") is None for attrs in page.all("script")), name
    for path in [course.folder / "site.js", course.folder / "site.css"]:
        assert not re.search(r"https?:|fetch\(|XMLHttp|@import|url\(|import\(", path.read_text())


def test_pictures_have_words_and_a_place_before_they_are_there(course):
    count = 0
    for name, page in course.pages.items():
        for image in page.all("img"):
            assert image["loading"] == "lazy"
            assert int(image["width"]) > 0, name
            assert int(image["height"]) > 0, name
            assert image["alt"] or name == "index.html", image
            count += 1
    assert count > 450


def test_headings_skip_no_level(course):
    for name, page in course.pages.items():
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in pairwise(levels)), name


def test_ids_are_there_once(course):
    for name, page in course.pages.items():
        ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
        assert len(ids) == len(set(ids)), name


def test_the_first_view_is_small(course):
    shared = sum((course.folder / name).stat().st_size for name in ("site.css", "site.js"))
    for name, page in course.pages.items():
        pictures = [image["src"] for image in page.all("img")]
        # A browser fetches what is within some 2500 pixels of the view.
        ahead = pictures if name == "index.html" else pictures[:4]
        sizes = [(course.folder / path).stat().st_size for path in [name, *ahead]]
        assert shared + sum(sizes) < 1e6, name


def test_the_map_has_a_picture_for_each_notebook(course):
    assert len(course.pages["index.html"].all("img")) == len(kit.notebooks())
    links = {link["href"] for link in course.pages["index.html"].all("a")}
    assert {f"{path.stem}.html" for path in kit.notebooks()} <= links


def test_chosen_covers_are_still_there():
    rows = (pages.TEMPLATE / "covers.csv").read_text("utf-8").splitlines()
    for row in csv.DictReader(rows):
        book = nbformat.read(kit.root() / "notebooks" / f"{row['notebook']}.ipynb", 4)
        [cell] = [cell for cell in book.cells if cell.id == row["cell"]]
        shown = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
        data = re.findall(r"webp;base64,([^\"]+)", shown)[int(row["picture"])]
        image = Image.open(io.BytesIO(base64.b64decode(data)))
        assert int(row["left"]) + int(row["side"]) <= image.width, row
        assert int(row["top"]) + int(row["side"]) <= image.height, row


def test_three_paths_are_links():
    parts, ways = search.course_map(kit.notebooks()[0])
    assert list(ways) == ["Course", "Self-study", "Half-day workshop"]
    assert [line[1] for line in parts["Scanners"]] == ["10", "11", "12", "13", "14", "15"]
    words = search.with_links(ways["Half-day workshop"], ["00_start_here", "11_ct"])
    assert '<a href="11_ct.html">11</a>' in words
    assert ">01<" not in words


def test_a_notebook_without_a_map_is_named(tmp_path):
    path = tmp_path / "00.ipynb"
    path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    with pytest.raises(ValueError, match="expected the map"):
        search.course_map(path)


def luminance(colour):
    colour = "".join(2 * c for c in colour) if len(colour) == 3 else colour
    rgb = [int(colour[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_colours_can_be_read_in_light_and_dark():
    # WCAG 2.2, 1.4.3: at least 4.5 to 1.
    css = (pages.TEMPLATE / "site.css").read_text("utf-8")
    pairs = r"([\w-]+): light-dark\(#(\w+), #(\w+)\)"
    named = {name: (light, dark) for name, light, dark in re.findall(pairs, css)}
    inks = [named[name] for name in ("--ink", "--soft", "--link", "--jp-error-color1")]
    inks += [pair for name, *pair in re.findall(pairs, css) if name == "color"]
    assert len(inks) > 8
    for ground in ("--ground", "--panel", "--warm"):
        for ink in inks:
            for on, off in zip(ink, named[ground], strict=True):
                low, high = sorted((luminance(on), luminance(off)))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (ground, on, off)
