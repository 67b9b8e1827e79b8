"""Folders as platforms and people make them: everything gets a row, and the right name."""

import csv
import os
import socket
import stat
import unicodedata
from pathlib import PurePath

import pytest

from medkit.course.grading import grade
from medkit.course.grading import handed_in as module
from medkit.course.grading.handed_in import contents, learner_of, submissions

STEMS = ["00_start_here", "11_ct"]
NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.mark.parametrize(
    ("file", "learner"),
    [
        # Sub-folders: whatever the file is called.
        ("bob/11_ct.ipynb", "bob"),
        ("bob/nb-Copy1.ipynb", "bob"),
        ("bob/homework/11_ct_solved.ipynb", "bob"),
        ("Van_der Berg-Li/alice_11_ct.ipynb", "Van_der Berg-Li"),
        ("s123456/ct/11_ct.ipynb", "s123456"),
        # Moodle, with and without folders; Canvas; nbgrader.
        ("Given Surname_12345_assignsubmission_file_/nb.ipynb", "Given Surname"),
        ("Given Surname_12345_assignsubmission_file/nb.ipynb", "Given Surname"),
        ("O'Neil Zoë_12345_assignsubmission_file_11_ct.ipynb", "O'Neil Zoë"),
        ("Ann B_7_assignsubmission_onlinetext_/onlinetext.html", "Ann B"),
        ("lastfirst_123_456_11_ct.ipynb", "lastfirst"),
        ("lastfirst_LATE_123_456_11_ct-2.ipynb", "lastfirst"),
        # Flat folders: the name without the notebook's.
        ("alice_11_ct.ipynb", "alice"),
        ("11_ct - Ann O'Neil.ipynb", "Ann O'Neil"),
        ("11_ct_李明 (1).ipynb", "李明"),
        ("alice_11_CT-Copy1.IPYNB", "alice"),
        ("alice_11_ct_solved.ipynb", "alice"),
        ("alice_11_ct.ipynb.json", "alice"),
        ("1234567_11_ct.ipynb", "1234567"),
        ("11_ct (medkit 0.2.0) 2 bob.ipynb", "bob"),
        ("=cmd 11_ct.ipynb", "cmd"),
        # Nothing that could be a name: the file's own name, not "Copy1" or "solved".
        ("11_ct.ipynb", "11_ct"),
        ("11_ct-Copy1.ipynb", "11_ct-Copy1"),
        ("11_ct_solved (2).ipynb", "11_ct_solved (2)"),
        # Scripts whose vowels are signs of their own, and two ways to write é.
        ("प्रिया_11_ct.ipynb", "प्रिया"),
        ("প্রিয়া/11_ct.ipynb", unicodedata.normalize("NFC", "প্রিয়া")),
        ("Rene\u0301_11_ct.ipynb", "René"),
        ("กี่/11_ct.ipynb", "กี่"),
    ],
)
def test_who_it_was(file, learner):
    assert learner_of(PurePath(file), "11_ct") == learner


def fill(root, *files):
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTEBOOK)
    return submissions(root, STEMS)


def test_the_folder_of_nbgrader_is_entered_and_its_time_stamps_are_no_answers(tmp_path):
    found = fill(
        tmp_path,
        "source/ct/11_ct.ipynb",
        "submitted/hacker/ct/11_ct.ipynb",
        "submitted/hacker/ct/timestamp.txt",
        "submitted/bitdiddle/ct/11_ct.ipynb",
    )
    assert [one.learner for one in found] == ["bitdiddle", "hacker"]
    assert [one.file for one in found] == ["bitdiddle/ct/11_ct.ipynb", "hacker/ct/11_ct.ipynb"]


def test_everything_has_a_row_that_says_what_it_is(tmp_path):
    root = tmp_path / "class"
    fill(
        root,
        "a/11_ct.zip",
        "b/11_ct.html",
        "c/11_ct.ipynb.json",
        "d/x.IPYNB",
        "e/Makefile",
        "f/.ipynb_checkpoints/11_ct.ipynb",
        "__MACOSX/g/11_ct.ipynb",
        ".DS_Store",
    )
    (root / "b" / "11_ct.html").write_text("<p>my answers</p>")
    (root / "e" / "Makefile").write_text("")
    table = root / "grades.csv"
    rows = grade(root, table)
    wanted = ": hand in notebooks that end in .ipynb"
    assert {row.file: (row.status, row.comment) for row in rows} == {
        "a/11_ct.zip": ("no notebook", f"a .zip file{wanted}"),
        "b/11_ct.html": ("no notebook", f"a .html file{wanted}"),
        "c/11_ct.ipynb.json": ("no notebook", f"a .json file{wanted}"),
        "d/x.IPYNB": ("unknown", "neither its name nor its exercises are of the kit"),
        "e/Makefile": ("no notebook", f"a nameless kind of file{wanted}"),
        "f": ("no notebook", "an empty folder, or one that cannot be read"),
    }
    # The table that now lies in the same folder is not handed in.
    assert len(grade(root, table)) == 6


@pytest.mark.skipif(os.name != "posix", reason="pipes and links are files on POSIX")
def test_pipes_devices_sockets_and_links_are_named_and_not_opened(tmp_path):
    root = tmp_path / "class"
    fill(root, "z/11_ct.ipynb")
    os.mkfifo(root / "a_11_ct.ipynb")
    (root / "b_11_ct.ipynb").symlink_to("/dev/zero")
    (root / "c").symlink_to(root / "z")
    (root / "d_11_ct.ipynb").symlink_to("nothing")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(root / "e_11_ct.ipynb"))
    try:
        os.mknod(root / "f_11_ct.ipynb", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:  # only root may make a device
        (root / "f_11_ct.ipynb").symlink_to("/dev/zero")
    problems = {one.learner: one.problem for one in submissions(root, STEMS)}
    odd = "a link, a pipe or a device, which is not followed"
    assert problems == {**dict.fromkeys("abcdef", odd), "z": ""}
    # What is exchanged after it was listed is not waited for, either.
    with pytest.raises(OSError, match="not a regular file"):
        contents(root / "a_11_ct.ipynb")
    with pytest.raises(OSError, match="symbolic link"):
        contents(root / "b_11_ct.ipynb")


def test_a_name_in_another_encoding_costs_no_other_row(tmp_path):
    root = tmp_path / "class"
    root.mkdir()
    try:
        (root / os.fsdecode(b"Jos\xe9_11_ct.txt")).write_text("")
    except OSError:
        pytest.skip("this file system has no such names")
    (root / "zoe_11_ct.txt").write_text("")
    table = tmp_path / "g.csv"
    rows = grade(root, table)
    assert [row.learner for row in rows] == [r"Jos\udce9", "zoe"]
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [
            r"Jos\udce9_11_ct.txt",
            "zoe_11_ct.txt",
        ]


def test_a_giant_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    file = tmp_path / "a.txt"
    file.write_text(NOTEBOOK)
    with pytest.raises(OSError, match="larger than 100 MB"):
        contents(file)


def test_a_notebook_is_known_by_its_exercises_where_its_name_does_not_tell(tmp_path):
    file = tmp_path / "homework.ipynb"
    file.write_text('{"source": "exercise(\\"11_ct.views\\").check(804)"}')
    [one] = submissions(tmp_path, STEMS)
    assert (one.stem, one.learner) == ("11_ct", "homework")
    [one] = submissions(file.rename(tmp_path / "Ann_11_CT.ipynb"), STEMS)
    assert (one.stem, one.learner) == ("11_ct", "Ann")
