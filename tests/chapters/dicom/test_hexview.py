"""The bytes that the explorer shows are those of the file, and mean what pydicom says."""

import itertools

import numpy as np
import pydicom
import pytest

from medkit.chapters.dicom import hexview
from medkit.data import dicom


@pytest.mark.parametrize("name", hexview.FILES.values())
def test_elements_are_those_that_pydicom_finds(name):
    ds = pydicom.dcmread(dicom.example(name))
    theirs = [*ds.file_meta, *ds]
    mine = hexview.elements(name)
    assert [tag for *_, tag, _, _ in mine] == [
        f"({e.tag.group:04X},{e.tag.element:04X})" for e in theirs
    ]
    assert mine[0][0] == 132
    assert mine[-1][2] == dicom.example(name).stat().st_size
    for (_, _, end, *_), (start, *_) in itertools.pairwise(mine):
        assert end == start


def test_values_read_as_pydicom_reads_them():
    raw, ds = dicom.example("ct").read_bytes(), pydicom.dcmread(dicom.example("ct"))
    told = {k: hexview.meaning(raw[v:e], vr) for _, v, e, _, vr, k in hexview.elements("ct")}
    assert told["Rows"] == str(ds.Rows) == "128"
    assert told["PatientName"] == str(ds.PatientName)
    assert told["PixelSpacing"] == "\\".join(f"{x:.6f}" for x in ds.PixelSpacing)
    assert told["PixelData"] == f"{len(ds.PixelData):,} bytes"


def test_each_byte_is_marked_as_the_part_it_stands_in():
    words = hexview.opened.picture(word="Rows").panels[0]
    assert words.words == ["28", "00", "10", "00", "55", "53", "02", "00", "80", "00"]
    assert words.kinds == ["tag"] * 4 + ["VR"] * 2 + ["length"] * 2 + ["value"] * 2
    assert words.notes[4:6] == ("U", "S")
    long = hexview.opened.picture(word="PixelData").panels[0]  # OW: the length takes four bytes
    assert long.kinds[:13] == ["tag"] * 4 + ["VR"] * 2 + ["length"] * 6 + ["value"]
    assert long.words[-1] == "…"


def test_find_jumps_to_a_name_and_the_slider_goes_on_from_there():
    found = hexview.opened.picture(word="patientname")
    assert "tag (0010,0010), VR PN" in found.caption
    assert "tag (0010,0020), VR LO" in hexview.opened.picture(word="patientname", number=1).caption
    unknown = hexview.opened.picture(word="no such name", number=3)
    assert unknown.caption == hexview.opened.picture(number=3).caption
    around = hexview.opened.picture(word="PixelData", number=2)  # one element of padding is last
    assert around.caption == hexview.opened.picture().caption


def test_the_slice_lies_in_the_image_of_all_bytes():
    ds = pydicom.dcmread(dicom.example("ct"))
    flat = hexview.as_image("ct").ravel()
    start = next(v for _, v, _, tag, _, _ in hexview.elements("ct") if tag == "(7FE0,0010)")
    numbers = flat[start : start + 2 * 128 * 128].view("<i2").reshape(128, 128)
    np.testing.assert_array_equal(numbers, ds.pixel_array)
    here = hexview.opened.picture(word="PixelData").panels[1].points["here"]
    x, y = (int(v[0]) for v in here)
    assert flat[256 * y + x :][:4].tobytes() == bytes.fromhex("E07F1000")
