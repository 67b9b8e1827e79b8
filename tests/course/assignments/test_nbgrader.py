"""nbgrader itself: generated, validated, handed in, graded, feedback.

It is no part of the tests' environment; in one of its own:
``pip install "medkit[nbgrader]"``, then ``python -m pytest tests/course/assignments``.
"""

import io
import os
import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install nbgrader")

from nbgrader.apps import NbGraderAPI
from nbgrader.validator import Validator
from traitlets.config import Config

STEM = "00_start_here"
pytestmark = pytest.mark.filterwarnings("ignore")  # nbgrader's own


@pytest.fixture
def course(export, tmp_path, monkeypatch):
    """The course's folder, with the settings that were written for it."""
    export("nbgrader")
    folder = tmp_path / "nbgrader"
    # nbgrader calls alembic by its name; its settings name another place for progress.
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))
    monkeypatch.setenv("MEDKIT_PROGRESS", "")
    config = Config()
    text = (folder / "nbgrader_config.py").read_text(encoding="utf-8")
    exec(text, {"get_config": lambda: config})
    config.CourseDirectory.root = str(folder)
    return NbGraderAPI(config=config), config, folder


def test_from_a_source_to_feedback(course, learners, answered):
    api, config, folder = course
    assert api.generate_assignment(STEM)["success"]
    release = (folder / "release" / STEM / f"{STEM}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in release
    assert "graded(" not in release
    assert "104.8576" not in release
    assert "return None  # your code" in release
    assert "volume_size_task.check(answer)" in release

    source = folder / "source" / STEM / f"{STEM}.ipynb"
    assert "Success" in _validated(source, config)

    for name, given in learners.items():
        place = folder / "submitted" / name / STEM
        place.mkdir(parents=True)
        text = answered(folder / "release" / STEM / f"{STEM}.ipynb", given)
        (place / f"{STEM}.ipynb").write_text(text, encoding="utf-8")
        for step in (api.autograde, api.generate_feedback):
            result = step(STEM, name)
            assert result["success"], result

    with api.gradebook as book:
        scores = {name: book.find_submission(STEM, name).score for name in learners}
        assert book.find_assignment(STEM).max_score == 3
    assert scores == {"ann": 3.0, "bob": 0.5}
    page = (folder / "feedback" / "bob" / STEM / f"{STEM}.html").read_text(encoding="utf-8")
    assert "8 bits make a byte" in page
    assert re.search(r"Score: 0\.5 / 3\.0", page)


def _validated(path, config):
    """Return what ``nbgrader validate`` prints about a notebook."""
    validator = Validator(config=config)
    validator.stream = io.StringIO()
    validator.validate_and_print(str(path))
    return validator.stream.getvalue()
