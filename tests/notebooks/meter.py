"""Hold every notebook to its own box: "measured: 12 s, 340 MB".

nbval already runs each notebook in a kernel of its own; this plugin asks that
kernel, after the last cell, how much CPU time and memory it took. Bounds are wide
because machines differ, but a box that was never measured does not pass.
"""

import re
from pathlib import Path

import nbformat
import pytest

from medkit.authoring.notebook import kernel_usage

#: What no notebook may exceed on two cores.
MOST_SECONDS, MOST_MEGABYTES = 60, 2000

BOX = re.compile(r"Measured:\s*\**\s*(\d+) s of CPU time, (\d+) MB", re.IGNORECASE)


def box(path):
    """Return the seconds and megabytes that a notebook's box states, or None."""
    for cell in nbformat.read(path, as_version=4).cells:
        found = cell.cell_type == "markdown" and BOX.search(cell.source)
        if found:
            return int(found[1]), int(found[2])
    return None


def judge(stated, seconds, megabytes):
    """Return what is wrong with a box, given what was measured, or an empty text."""
    if stated is None:
        return "it has no box: write 'Measured: 12 s of CPU time, 340 MB'"
    if stated[0] > MOST_SECONDS or stated[1] > MOST_MEGABYTES:
        return f"its box exceeds {MOST_SECONDS} s or {MOST_MEGABYTES} MB"
    if not stated[0] / 4 - 3 <= seconds <= stated[0] * 4 + 5:
        return f"its box states {stated[0]} s, measured {seconds:.0f} s of CPU time"
    if not stated[1] * 0.6 - 50 <= megabytes <= stated[1] * 1.5 + 100:
        return f"its box states {stated[1]} MB, measured {megabytes:.0f} MB"
    return ""


class Meter:
    """A pytest plugin; registered by tests/conftest.py because nbval items lie elsewhere."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item, nextitem):
        """After a notebook's last cell, compare its kernel's use with its box."""
        book = item.parent
        last = nextitem is None or nextitem.parent is not book
        problem = ""
        if last and hasattr(book, "kernel") and _whole(item, book):
            used = kernel_usage(book.kernel.km.provisioner.pid)
            problem = judge(box(Path(str(book.path))), *used)
        # The kernel is stopped before the complaint, or the next notebook would run in it.
        result = yield
        if problem:
            pytest.fail(f"{book.path.name}: {problem}", pytrace=False)
        return result


def _whole(item, book):
    """Whether all cells were selected: with -k or a node id the sum means nothing."""
    selected = [other for other in item.session.items if other.parent is book]
    return len(selected) == len([c for c in book.nb.cells if c.cell_type == "code"])
