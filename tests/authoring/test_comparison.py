"""Outputs are compared as words and numbers, and every kind of fault still fails."""

import os
import subprocess
import sys

import nbformat
import pytest

from medkit.authoring.comparison import NUMBER, Comparison, quiet, settle, settled

TABLE = """<table><caption>AUC of 3 readers, p = 0.031</caption>
<tr><td>CNN</td><td> 0.843</td></tr><tr><td>SVM</td><td>-1.25e-03</td></tr></table>"""

#: What another processor may make of a stored text: no fault.
SAME = [
    ("noise 12.7 HU", "noise 12.6 HU"),
    ("  9.98 dB", " 10.02 dB"),
    ("−40.000004", "−40.0"),
    ("-0.0", "0.0"),
    ("p = 0.04", "p = 0.03"),
    ("1,311 HU, 99 %", "1,310 HU, 98 %"),
    ("error 3.02e-05", "error 2.99e-05"),
    ("sharp 99.9 %", "sharp 100 %"),
    ("9.99e-04", "1.00e-03"),
    ("1e+05 counts", "99999 counts"),
    ("-1.2e-17", "3e-17"),
    ("the peak (925)", "the peak (924)"),
    ("[100.  50.]", "[99.9 50. ]"),
    ("4e-17", "0"),
    ("[ -0.      -20.00001]", "[  0. -20.]"),
    ("[-1.0e-17 -2.0e+01]", "[  0. -20.]"),
    (TABLE.replace("0.843", "0.838"), TABLE),
    (
        f'<img src="data:image/png;base64,{"QUJD" * 9}" alt="x">',
        f'<img src="data:image/png;base64,{"REVG" * 7}" alt="x">',
    ),
    ("<Axes at 0x7f00aa11>", "<Axes at 0x7fee00bb>"),
]

#: Planted faults, one of each kind.
FAULTS = {
    "a wrong word": ("the mass is benign, 0.84", "the mass is malignant, 0.84"),
    "a sign": ("slope -0.5", "slope 0.5"),
    "a sign near zero": ("bias -0.02", "bias 0.02"),
    "a number 10 % off": ("AUC 0.92", "AUC 0.84"),
    "a large number 10 % off": ("T1 is 924 ms", "T1 is 840 ms"),
    "one more of a few": ("27 slices", "28 slices"),
    "a shape in words": ("512 × 511 voxels", "512 × 512 voxels"),
    "a shape in brackets": ("(64, 65)", "(64, 64)"),
    "a DICOM tag": ("(0018,1150) IS", "(0018,1151) IS"),
    "another day": ("2004-01-19", "2003-01-19"),
    "one image more": ("61 images", "60 images"),
    "a whole number in an array": ("[  0. -21.]", "[  0. -20.]"),
    "a hexadecimal number": ("mask 0xfffffffe", "mask 0xffffffff"),
    "a coarser format": ("1.9e+05 photons", "1e+05 photons"),
    "half more than a whole": ("28.5 mm", "28 mm"),
    "thousands with apostrophes": ("51'345", "50'345"),
    "thousands with narrow spaces": ("51\u202f345", "50\u202f345"),
    "a count": ("173,354 weights", "173,353 weights"),
    "a date": ("20040120", "20040119"),
    "an identifier": ("1.2.840.10008.5.1.5", "1.2.840.10008.5.1.4"),
    "a name": ("T2 = 80.0", "T1 = 80.0"),
    "a shape": ("64x65 pixels", "64x64 pixels"),
    "a colour": ("#1f77b5", "#1f77b4"),
    "a DOI": ("10.1148/radiol.2482", "10.1148/radiol.2481"),
    "a missing line": ("one 1.0\n", "one 1.0\ntwo 2.0\n"),
    "a missing number": ("AUC 0.84 ()", "AUC 0.84 (0.80)"),
    "a power of ten": ("1.2e-5", "1.2e-4"),
    "a unit": ("1.2 cm", "1.2 mm"),
    "not a number": ("AUC nan", "AUC 0.84"),
    "a caption in HTML": (TABLE.replace("readers", "networks"), TABLE),
    "a number in an HTML table": (TABLE.replace("0.843", "0.743"), TABLE),
    "a picture's caption": (
        '<img src="data:image/png;base64,QUJD" alt="a bleed of 12.5 mL">',
        '<img src="data:image/png;base64,QUJD" alt="a bleed of 10.5 mL">',
    ),
    "no picture": ("<figcaption>x</figcaption>", '<img src="data:image/png;base64,QUJD">'),
}


@pytest.mark.parametrize(("new", "stored"), SAME, ids=[new[:20] for new, _ in SAME])
def test_the_last_digit_does_not_matter(new, stored):
    assert settle(quiet(new), quiet(stored)) == quiet(stored)


def test_the_p_value_of_a_trained_network_may_leap_and_its_interval_may_not():
    stored = "gain 0.02 (−0.04 to 0.08), p = 0.56"
    assert settle(stored.replace("= 0.56", "= 0.71"), stored, trained=True) == stored
    assert settle(stored.replace("= 0.56", "< 0.001"), stored, trained=True) == stored
    assert settle(stored.replace("−0.04", "0.04"), stored, trained=True) != stored
    assert settle(stored.replace("= 0.56", "= 0.71"), stored) != stored


@pytest.mark.parametrize(("new", "stored"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_left_for_nbval(new, stored):
    assert settle(quiet(new), quiet(stored)) != quiet(stored)


def test_what_agrees_is_taken_over_where_something_else_differs():
    assert settle("a 0.84, b 0.5, c 7.01", "a 0.83, b 0.9, c 7.00") == "a 0.83, b 0.5, c 7.00"


def test_another_network_may_be_a_little_better():
    assert settle("AUC 0.86 (0.80–0.92), 46", "AUC 0.84 (0.77–0.91), 44", True).endswith("44")
    assert settle("AUC 0.86", "AUC 0.84") == "AUC 0.86"
    shapes = "a shape in words", "a shape in brackets", "one image more", "another day"
    for fault in ("a wrong word", "a sign", "a number 10 % off", "a unit", *shapes):
        assert settle(*FAULTS[fault], trained=True) == FAULTS[fault][0]


def test_numbers_in_the_words_of_an_error_are_settled_too():
    def error(words):
        return nbformat.v4.new_output("error", ename="ValueError", evalue=words, traceback=[])

    [near], [far] = (settled([error(w)], [error("a 0.83")], False) for w in ("a 0.84", "a 0.94"))
    assert (near.evalue, far.evalue) == ("a 0.83", "a 0.94")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.81–0.87 at 5-10 mm", ["0.81", "0.87", "5", "10"]),
        ("T1, 1.2.840.10008, #123456, 3D, v0.2.0", ["3"]),
        ("x=-3.5e-2;(1,234)", ["-3.5e-2", "1,234"]),
        ("45/60, 10.1016/j.media", ["45", "60"]),
        ("10 mm², 10⁻³", ["10", "10"]),
    ],
)
def test_what_counts_as_a_number(text, numbers):
    assert [found[0] for found in NUMBER.finditer(text)] == numbers


def test_the_kernel_that_is_compared_draws_still_pictures_too():
    class Cell:
        cell = None

    for item, drawn in ((Cell(), "1"), (object(), None)):
        setup = Comparison().pytest_runtest_setup(item)
        next(setup)
        assert os.environ.get("MEDKIT_STILLS") == drawn
        with pytest.raises(StopIteration):
            setup.send(None)
        assert "MEDKIT_STILLS" not in os.environ


def test_nbval_fails_on_each_fault_and_on_nothing_else(tmp_path):
    """A whole run of one notebook, a cell for each case, printed or shown as HTML."""
    cases = [(*case, "", "passed") for case in SAME]
    cases += [(*case, "", "failed") for case in FAULTS.values()]
    cases += [("0.84", "0.83", "exact", "failed"), ("0.88", "0.84", "trained", "passed")]
    book = nbformat.v4.new_notebook()
    for new, stored, tag, _ in cases:
        html = "<" in new
        cell = nbformat.v4.new_code_cell(
            f"from IPython.display import HTML\nHTML({new!r})" if html else f"print({new!r})",
            execution_count=1,
            metadata={"tags": [tag] if tag else []},
        )
        plain = "<IPython.core.display.HTML object>"
        cell.outputs = [
            nbformat.v4.new_output(
                "execute_result", {"text/html": stored, "text/plain": plain}, execution_count=1
            )
            if html
            else nbformat.v4.new_output("stream", name="stdout", text=stored + "\n")
        ]
        book.cells.append(cell)
    nbformat.write(book, tmp_path / "x.ipynb")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "medkit.authoring.comparison",
            "--nbval",
            "--nbval-current-env",
            "-rA",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"},
    )
    verdicts = [
        "passed" if f"PASSED x.ipynb::Cell {i}\n" in run.stdout + "\n" else "failed"
        for i in range(len(cases))
    ]
    wrong = [(case, v) for case, v in zip(cases, verdicts, strict=True) if case[3] != v]
    assert not wrong, run.stdout[-3000:]
    assert f"{sum(v == 'failed' for v in verdicts)} failed" in run.stdout
