"""Progress survives what happens to files: damage, other kernels, full and locked disks."""

import json
import os

import pytest

from medkit.course import logbook, progress
from medkit.course.chapters import chapters


def best(id):
    return logbook.read()["exercises"][id]["best"]


def test_best_score_is_kept():
    for score in (0.2, 1.0, 0.5):
        logbook.note_attempt("11_ct.views", score)
    entry = logbook.read()["exercises"]["11_ct.views"]
    assert (entry["best"], entry["attempts"]) == (1.0, 3)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"version": 9}',
        b'{"version": 1}',
        b'{"version":1,"exercises":{"a":{"best":"x"}},"quizzes":{}}',
        b'{"version":1,"exercises":{"a":{"best":NaN,"attempts":1,"hints":0,"solution":0}},"quizzes":{}}',
        b'{"version":1,"exercises":[],"quizzes":{}}',
        b"[" * 100_000,
    ],
)
def test_damaged_file_is_kept_and_a_new_one_begins(progress_file, damage):
    progress_file.write_bytes(damage)
    with pytest.warns(RuntimeWarning, match=r"could not be read.*broken-1"):
        logbook.note_attempt("11_ct.views", 1.0)
    assert (progress_file.parent / "progress.broken-1.json").read_bytes() == damage
    assert best("11_ct.views") == 1.0
    logbook.note_attempt("11_ct.water_hu", 0.5)  # and no second message


def test_second_damage_does_not_overwrite_the_first_backup(progress_file):
    for number in (1, 2):
        progress_file.write_text(f"damage {number}")
        with pytest.warns(RuntimeWarning):
            logbook.read()
    assert (progress_file.parent / "progress.broken-1.json").read_text() == "damage 1"
    assert (progress_file.parent / "progress.broken-2.json").read_text() == "damage 2"


def test_unwritable_place_keeps_progress_for_the_session(tmp_path, monkeypatch):
    blocker = tmp_path / "a file"
    blocker.write_text("")
    monkeypatch.setenv("MEDKIT_PROGRESS", str(blocker / "progress.json"))
    with pytest.warns(RuntimeWarning, match="cannot be saved"):
        logbook.note_attempt("11_ct.views", 1.0)
    logbook.note_attempt("11_ct.water_hu", 0.5)  # told once
    assert best("11_ct.views") == 1.0
    assert best("11_ct.water_hu") == 0.5


def test_failed_write_leaves_the_old_file(progress_file, monkeypatch):
    logbook.note_attempt("11_ct.views", 0.5)
    before = progress_file.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(RuntimeWarning, match="No space left"):
        logbook.note_attempt("11_ct.views", 1.0)
    assert progress_file.read_bytes() == before
    assert [p.name for p in progress_file.parent.iterdir()] == [progress_file.name]
    assert best("11_ct.views") == 1.0
    monkeypatch.undo()


def test_what_the_session_kept_is_saved_when_the_disk_is_back(progress_file, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("gone")))
        with pytest.warns(RuntimeWarning):
            logbook.note_attempt("11_ct.views", 1.0)
    logbook.note_attempt("11_ct.water_hu", 1.0)
    assert set(json.loads(progress_file.read_text())["exercises"]) == {
        "11_ct.views",
        "11_ct.water_hu",
    }


class TestOverview:
    def test_nothing_done(self):
        text = repr(progress())
        assert "0%" in text
        assert "Next: try 00_start_here" in text

    def test_suggests_what_is_next(self):
        first, second, *_ = chapters()
        for item in first.exercises:
            logbook.note_attempt(item.id, 1.0)
        assert f"quiz of {first.stem}" in repr(progress())
        logbook.note_quiz(first.stem, {str(n + 1): True for n in range(len(first.questions))})
        assert "100%" in repr(progress())
        assert f"Next: try {second.stem}" in repr(progress())

    def test_what_is_half_right_is_to_be_finished(self):
        first = chapters()[0].exercises[0]
        logbook.note_attempt(first.id, 0.9)
        assert f"Next: finish {first.id}" in repr(progress())

    def test_everything_done(self):
        for chapter in chapters():
            for item in chapter.exercises:
                logbook.note_attempt(item.id, 1.0)
            logbook.note_quiz(
                chapter.stem, {str(n + 1): True for n in range(len(chapter.questions))}
            )
        assert "Everything is done" in progress()._repr_html_()

    def test_entries_of_other_versions_of_the_course_do_no_harm(self):
        logbook.note_attempt("77_gone.x", 1.0)
        logbook.note_quiz("11_ct", {"99": True})
        assert "77_gone" not in repr(progress())
