"""The map and the five readers tell the truth, and so do the functions that learners see."""

import ast
import re
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import ndimage
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medkit.chapters.concepts import explorers
from medkit.data import tasks
from medkit.learning import evaluation
from medkit.views.explorer import Table, Words

CELLS = nbformat.read(Path(__file__).parents[3] / "notebooks" / "01_concepts.ipynb", 4).cells


def test_five_concepts_have_ten_links():
    named = {frozenset(link.split("–")) for link in explorers.LINKS}
    assert named == {frozenset(pair) for pair in combinations(explorers.CONCEPTS, 2)}
    assert len(explorers.LINKS) == 10


@pytest.mark.parametrize("link", explorers.LINKS)
def test_the_map_without_a_learner_shows_what_the_notebook_printed(link):
    """And the notebook measures every link, by a name that the map knows."""
    stored = explorers.LINKS[link][2]
    cells = [c for c in CELLS if c.cell_type == "code" and re.search(f'["]{link}["]', c.source)]
    text = "".join(o.get("text", "") for c in cells for o in c.outputs)
    numbers = [float(v.replace("−", "-")) for v in re.findall(r"[−-]?\d+\.\d+", text)]
    source = "".join(c.source for c in cells)
    for name, number in stored.items():
        words = re.split(", | → |: ", name)  # some names are put together in a loop
        assert all(word in source for word in words), name
        values = [number.value, number.low, number.high] if hasattr(number, "low") else [number]
        for value in values:
            assert np.abs(np.array(numbers) - value).min() < 0.03, (name, value)


def test_the_learners_numbers_take_the_place_of_the_stored_ones():
    mine = {"ML–CV": {"pixels": evaluation.Interval(0.11, 0.05, 0.2), "mine": 0.99}}
    said = explorers.links.picture(link="ML–CV", found=mine).caption
    assert "pixels 0.11 (0.05–0.20); mine 0.99" in said
    assert explorers.links.picture(link="ML–DL", found=mine).caption == (
        explorers.links.picture(link="ML–DL").caption
    )


def test_a_longer_bar_is_a_larger_number():
    blue = np.array(explorers._BLUE)
    width = []
    for value in (0.2, 0.4, 0.8):
        picture = explorers.links.picture(link="ML–CV", found={"ML–CV": {"one": value}})
        width.append((picture.panels[0].pixels[102, 370:] == blue).all(-1).sum())
    assert np.diff(width).min() > 50
    assert width[2] == pytest.approx(4 * width[0], rel=0.05)


def test_a_report_is_marked_as_it_is_read():
    report = "Findings: No haemorrhage on the right. A haematoma of 2 cm on the left.\nImpression: "
    words = explorers._marked(report + "Possible bleed.")
    assert isinstance(words, Words)
    marked = [(w, k) for w, k in zip(words.words, words.kinds, strict=True) if k]
    assert marked[:2] == [("hemorrhage", "denied"), ("hematoma", "there")]


def test_each_reader_says_what_the_table_holds():
    _, _, said = explorers._example()
    for at in range(8):
        picture = explorers.case.picture(patient=at)
        table = next(panel for panel in picture.panels if isinstance(panel, Table))
        answers = dict(table.rows)
        assert (answers["the truth"] == "bleed") == bool(said.truth[at])
        assert ("cm²" in answers["vision"]) == bool(said.truth[at])


@lru_cache(maxsize=1)
def taught():
    """Return the functions that learners see in the notebook, and the names they need."""
    space = {"np": np, "ndimage": ndimage, "re": re}
    wanted = {"brain_only", "spots", "features", "says_bleed", "side", "grain", "BLEED", "NO"}
    for cell in CELLS:
        if cell.cell_type != "code":
            continue
        for node in ast.parse(cell.source).body:
            names = {getattr(node, "name", "")} | {
                t.id for t in getattr(node, "targets", ()) if isinstance(t, ast.Name)
            }
            if names & wanted:
                exec(compile(ast.Module([node], []), "notebook", "exec"), space)
    return space


@lru_cache(maxsize=1)
def others():
    """Return 240 patients whom the notebook has not seen, on its two scanners."""
    people = tasks.patients("ct_bleed", 240, rng=77, radius_mm=(6, 18), contrast_hu=(20, 40))
    return [
        tasks.scan("ct_bleed", people[k::2], tasks.with_knob("ct_bleed", mas))
        for k, mas in enumerate((60, 2))
    ]


@pytest.mark.thorough
def test_what_learners_write_holds_for_other_patients():
    do = taught()
    scans = others()
    bleed = np.concatenate([s.labels for s in scans])
    scanner = np.repeat([0, 1], 120)
    brains = np.array([do["brain_only"](80 * i[..., 0]) for s in scans for i in s.images])
    table = np.array([do["features"](brain) for brain in brains])
    pixels = brains.reshape(240, 32, 2, 32, 2).mean((2, 4)).reshape(240, -1)
    learn = np.arange(240) % 2 == 0

    def area(rows):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        scores = model.fit(rows[learn], bleed[learn]).decision_function(rows[~learn])
        return evaluation.auc(bleed[~learn], scores).value

    assert area(table) > area(pixels) + 0.1
    assert area(table) > 0.8
    grain = np.array([do["grain"](brain)[0] for brain in brains])
    assert evaluation.auc(scanner, grain).value > 0.85
    assert abs(evaluation.auc(bleed, grain).value - 0.5) < 0.12
    assert abs(evaluation.auc(scanner, table[:, 0]).value - 0.5) < 0.12


def test_rules_of_four_lines_read_reports_of_other_patients():
    do = taught()
    texts = [text for s in others() for text in s.reports]
    bleed = np.concatenate([s.labels for s in others()])
    read = np.array([bool(do["says_bleed"](text)) for text in texts])
    assert all(re.search(do["BLEED"], text.lower()) for text in texts)
    assert (read == bleed).mean() > 0.95
    sides = np.concatenate([s.side for s in others()])
    said = np.array([do["side"](text) for text in texts])
    named = (said != "") & (bleed == 1)
    assert named.sum() > 80
    assert (said == sides)[named].mean() > 0.97
