"""The numbers that the explorers of PET-CT report are true."""

import re

import numpy as np
import pytest
from scipy import ndimage

from medkit.chapters.pet_ct import explorers as pet_ct
from medkit.chapters.pet_ct import pairs as pet_ct_pairs
from medkit.chapters.pet_ct import reading as pet_ct_reading
from medkit.physics import pet


def number(caption, before):
    """Return the number that follows some words in a caption."""
    return float(re.search(before + r"\s*(-?[\d.,]*\d)", caption)[1].replace(",", ""))


@pytest.mark.parametrize("n_pairs", [1, 12, 3000])
def test_each_pair_is_one_count_and_earlier_pairs_stay(n_pairs):
    counts = pet_ct_pairs.first_pairs(n_pairs)
    assert counts.sum() == n_pairs
    assert np.all(pet_ct_pairs.first_pairs(n_pairs + 50) >= counts)


def test_many_pairs_show_all_three_places():
    image = pet_ct_pairs.pairs.picture(n_pairs=100_000).panels[2].pixels
    peaks = (ndimage.maximum_filter(image, 9) == image) & (image > 0.4)
    rows, columns = np.nonzero(peaks)
    pixel = 280 / pet_ct.SIZE
    found = sorted(zip((columns - 47.5) * pixel, (47.5 - rows) * pixel, strict=True))
    for (x, y), place in zip(found, [(-45, 20), (10, -35), (55, 25)], strict=True):
        assert np.hypot(x - place[0], abs(y) - abs(place[1])) < 6


def test_randoms_go_with_the_square_and_the_window():
    one, two = pet_ct_pairs.rates(100.0), pet_ct_pairs.rates(200.0)
    assert two["trues"] / one["trues"] == pytest.approx(2)
    assert two["randoms"] / one["randoms"] == pytest.approx(4)
    narrow = pet_ct_pairs.rates(100.0, window_ns=4.9 / 2)
    assert narrow["randoms"] == pytest.approx(one["randoms"] / 2)
    assert narrow["noise-equivalent"] > one["noise-equivalent"]


def test_noise_equivalent_counts_peak_only_with_dead_time():
    doses = np.geomspace(20, 3000, 200)
    without, with_it = (
        pet_ct_pairs.rates(doses, dead_time_us=t)["noise-equivalent"] for t in (0, 1)
    )
    assert np.all(np.diff(without) > 0)
    assert 0 < np.argmax(with_it) < 190


def test_rates_are_those_of_the_simulated_scan():
    """The explorer scales; a scan at another dose must agree."""
    data = pet_ct.counted(np.inf)  # 300 MBq, counted for 120 s, one plane of 4 mm
    planes, seconds = 157 / 4, pet_ct.protocol(np.inf).seconds
    expected = planes * float(data.randoms.sum(dtype=float)) / seconds
    # The lesions, which the rates leave out, are a few thousandths of the activity.
    assert pet_ct_pairs.rates(300.0)["randoms"] == pytest.approx(expected, rel=0.05)


def test_a_short_scan_is_one_that_the_scanner_could_have_made():
    ours = pet_ct.counted(60.0, seed=3)
    uptake = dict.fromkeys(pet_ct.LESIONS, pet_ct.LESION_SUV)
    theirs = pet.acquire(pet_ct.chest(), pet_ct.protocol(60.0), uptake=uptake, rng=4)
    np.testing.assert_allclose(ours.background, theirs.background, rtol=1e-4)
    totals = [d.prompts.sum(dtype=float) for d in (ours, theirs)]
    assert abs(totals[0] - totals[1]) < 5 * np.sqrt(sum(totals))


def test_correction_restores_the_organs():
    full, none = pet_ct.corrected_suv(1.0), pet_ct.corrected_suv(0.0)
    for name, truth in (("heart", 2.4), ("liver", 2.3)):
        inside = ndimage.binary_erosion(pet_ct.truth_mask(name), iterations=2)
        assert full[inside].mean() == pytest.approx(truth, rel=0.15)
        assert none[inside].mean() < 0.1 * truth


def test_a_deeper_breath_at_the_ct_makes_the_liver_cold():
    liver = pet_ct.truth_mask("liver")
    means = [pet_ct.corrected_suv(1.0, mm)[liver].mean() for mm in (0.0, 6.0, 12.0)]
    assert means[0] > means[1] > means[2]
    assert means[2] < 0.4 * means[0]


def test_each_pass_brings_contrast_and_noise():
    noise, lesion = pet_ct.noise_and_contrast(300.0, 0.0)
    assert noise.size == pet_ct.MOST_ITERATIONS
    assert np.all(np.diff(noise) > 0)
    assert np.all(np.diff(lesion) > 0)
    assert lesion[0] < 3
    assert lesion[-1] == pytest.approx(pet_ct.LESION_SUV, rel=0.1)


def test_noise_halves_with_four_times_the_counts():
    noise = [
        np.mean([pet_ct.noise_and_contrast(t, 6.0, seed)[0][1] for seed in (1, 2)])
        for t in (100.0, 400.0)
    ]
    assert noise[0] / noise[1] == pytest.approx(2, rel=0.1)


def test_fusion_is_ct_without_opacity_and_the_palette_where_it_is_hot():
    bare = pet_ct_reading.fusion.picture(opacity=0).panels[2].pixels
    assert np.ptp(bare.astype(int), axis=2).max() == 0
    full = pet_ct_reading.fusion.picture(opacity=100).panels
    hot = pet_ct_reading.pet_and_ct()[0].pixels[4].argmax()
    row, column = np.multiply(np.unravel_index(hot, (100, 100)), 2)
    np.testing.assert_allclose(
        full[2].pixels[row, column].astype(int), full[1].pixels[row, column], atol=1
    )


def test_only_one_of_two_equal_nodules_glows():
    functional = pet_ct_reading.pet_and_ct()[0]
    body = pet_ct_reading.patient()
    highest = {}
    for name, mask in body.lesions.items():
        coarse = mask.reshape(-1, 100, 4, 100, 4).any(axis=(2, 4))
        highest[name] = functional.pixels[coarse].max()
    assert highest["hot nodule"] > 3 * highest["mild nodule"]
    assert highest["lymph node"] > 3
