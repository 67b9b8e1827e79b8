"""A notebook of the course uses every exercise of its chapter, and no other."""

import json
import re
from pathlib import Path

import pytest

from medkit.course.chapters import chapters

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.stem)
def test_notebook_uses_its_chapter(chapter):
    file = NOTEBOOKS / f"{chapter.stem}.ipynb"
    if not file.exists():
        pytest.skip(f"{file.name} is not there yet")
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    used = set(re.findall(r"exercise\(\s*[\"']([^\"']+)[\"']", code))
    # Grading counts every exercise of the chapter: one that is not in the notebook costs a point.
    assert used == {exercise.id for exercise in chapter.exercises}
    assert re.search(rf"quiz\(\s*[\"']{chapter.stem}[\"']", code)
