"""The explorers of ``10_dicom`` show true numbers."""

import numpy as np
import pytest

from medkit.chapters.dicom import exchange
from medkit.chapters.dicom import explorers as reading


def test_the_right_rules_read_the_real_slice():
    np.testing.assert_array_equal(reading.misread(), reading.head_hu())


def test_every_wrong_rule_has_its_signature():
    right = reading.head_hu().astype(int)
    unsigned = reading.misread(signed=False)
    np.testing.assert_array_equal(unsigned, right % 65536)
    np.testing.assert_array_equal(reading.misread(intercept=-1024), right - 1024)
    swapped = reading.misread(big_endian=True)
    np.testing.assert_array_equal(swapped, reading.head_hu().byteswap())
    sheared = reading.misread(columns=514)
    np.testing.assert_array_equal(sheared[10, :400], right.ravel()[5140:5540])
    # Two bytes are one number: the picture moves by one pixel.
    np.testing.assert_array_equal(reading.misread(skip=2)[:, :-1], right[:511, 1:])


def test_the_caption_of_stored_tells_air_and_brain():
    assert "air −995 HU, brain 33 HU" in reading.stored.picture().caption
    assert "air 64,541 HU" in reading.stored.picture(signed=False).caption


def test_a_negative_shows_the_same_numbers_turned_round():
    plain = reading.stored.picture().panels[0]
    negative = reading.stored.picture(monochrome1=True).panels[0]
    np.testing.assert_array_equal(negative.pixels, -plain.pixels)
    assert negative.limits == (-plain.limits[1], -plain.limits[0])


def test_curves_follow_the_formulas_of_the_standard():
    hu = np.array([-500, 0, 20, 40, 60, 80, 900])
    linear = reading.grey(hu, "LINEAR_EXACT", 40, 80)
    np.testing.assert_allclose(linear, 255 * np.array([0, 0, 0.25, 0.5, 0.75, 1, 1]))
    sigmoid = reading.grey(hu, "SIGMOID", 40, 80)
    np.testing.assert_allclose(sigmoid, 255 / (1 + np.exp(-4 * (hu - 40) / 80)), atol=1e-9)


@pytest.mark.parametrize("curve", reading.CURVES)
def test_curves_rise_from_black_to_white(curve):
    greys = reading.grey(np.arange(-3000, 4000), curve)
    assert (np.diff(greys) >= 0).all()
    assert greys[0] < 2
    assert greys[-1] > 253


def test_equal_shares_use_every_grey_equally_often():
    pixels = reading.head_hu()[reading.head_hu() > -300]
    counts, _ = np.histogram(reading.grey(pixels, reading.CURVES[3]), np.linspace(0, 256, 9))
    # CT numbers are whole, so the shares cannot be quite equal.
    np.testing.assert_allclose(counts / len(pixels), 1 / 8, atol=0.03)


@pytest.mark.parametrize(("lost", "tilt"), [(0, 0), (5, 0), (0, 20), (8, -25)])
def test_the_careful_reader_puts_every_voxel_where_it_is(lost, tilt):
    assert reading.displacement_mm(reading.READERS[3], lost, tilt) == 0
    picture = reading.stacked_hu(reading.READERS[3], lost, tilt)
    truth = np.full((200, 240), -1000.0)
    truth[44:196] = reading.sagittal_hu()[::-1]
    seen = picture > -999
    assert seen.mean() > 0.3
    # Slices are 4 mm apart: edges are off by half of it, the rest is the same tissue.
    assert np.mean(abs(picture - truth)[seen] < 100) > 0.83


def test_displacement_of_a_reader_without_tilt_has_a_closed_form():
    # Without tilt and gaps both geometries agree; thickness for distance grows linearly.
    assert reading.displacement_mm(reading.READERS[2]) == 0
    order, heights, _ = reading.believed(reading.READERS[1])
    assert order == list(range(reading.SLICES))[::-1]  # the scanner counted from the top
    head = (reading._acquired(0) > -300).sum(1)[order]
    expected = np.average(abs(reading.STEP_MM * np.array(order) - heights), weights=head)
    assert reading.displacement_mm(reading.READERS[1]) == pytest.approx(expected)


def test_file_names_sort_as_computers_do():
    order, heights, _ = reading.believed(reading.READERS[0])
    assert [f"IM{k + 1}" for k in order[:3]] == ["IM1", "IM10", "IM11"]
    assert heights[-1] == 37 * reading.THICKNESS_MM
    assert "190 mm high" in reading.stack.picture().caption


def test_a_lost_slice_makes_a_careless_reader_s_patient_short():
    careless = reading.stack.picture(reader=reading.READERS[2], lost=6)
    careful = reading.stack.picture(reader=reading.READERS[3], lost=6)
    assert "32 slices, 128 mm high" in careless.caption
    assert "32 slices, 152 mm high" in careful.caption


def test_a_rectangle_covers_what_lies_between_its_corners():
    mask = exchange.covered(exchange.METHODS[0], (20, 30), (10, 5))
    assert mask.sum() == 11 * 26
    assert mask[5:31, 10:21].all()


def test_the_name_is_where_it_is_said_to_be():
    frame = exchange.cine()[0].max(axis=2)
    assert (frame[exchange.NAME] > 60).mean() > 0.15
    assert "readable" in exchange.burned_in.picture().caption
    covered = exchange.burned_in.picture(corner=(0, 0), opposite=(45, 30)).caption
    assert "covered" in covered


def test_what_never_moves_spares_the_heart():
    mask = exchange.covered(exchange.METHODS[2])
    assert not (mask & exchange.moving()).any()
    assert mask[exchange.NAME].all()
    assert 0.15 < exchange.moving().mean() < 0.5
    assert mask[exchange.writing()].all()


def test_the_table_shows_what_de_identification_did():
    before, after = exchange._headers()
    assert before.PatientName == "PLA"
    assert after.PatientName == after.PatientID != before.PatientID
    assert after.StudyInstanceUID != before.StudyInstanceUID
    rows = dict(exchange.burned_in.picture(cleaned=True).panels[1].rows)
    assert rows["private elements"] == "0"
    assert rows["name in the picture"] == "yes"


def test_the_film_s_header_is_wrong_as_the_notebook_says():
    head, _ = exchange._headers()
    assert head.SequenceOfUltrasoundRegions[0].RegionLocationMaxX1 > head.Columns
