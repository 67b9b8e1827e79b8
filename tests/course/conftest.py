"""No test of the course may touch the progress of whoever runs it."""

import pytest

from medkit.course import logbook


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    """Progress goes to a file of the test's own."""
    file = tmp_path / "progress.json"
    monkeypatch.setenv("MEDKIT_PROGRESS", str(file))
    monkeypatch.setattr(logbook, "_session", {})
    return file
