"""The head: volumes, layers from outside to inside, lesions where they belong."""

import numpy as np
import pytest

from medkit.anatomy import head, lesions
from medkit.anatomy.regions import brain

PLANE = {"planes_mm": 12.0, "shape": (128, 128)}


@pytest.fixture(scope="module")
def whole():
    return head(np.arange(-70.0, 91.0, 4.0), shape=(96, 96))


def litres(patient, *tissues):
    return patient.where(*tissues).sum() * np.prod(patient.spacing_mm) / 1e6


def test_brain_has_a_human_volume(whole):
    # Adults have 1.0 to 1.4 l of grey and white matter (https://doi.org/10.1006/nimg.2001.0786);
    # the template's space is larger than a mean head (https://doi.org/10.1016/j.neuroimage.2012.01.024).
    up, back, _ = whole.grid_mm()
    eyes = (back < -45) & (up < -20)
    brain = whole.where("grey_matter", "white_matter") & ~eyes
    volume = brain.sum() * np.prod(whole.spacing_mm) / 1e6
    assert 1.2 < volume < 1.9
    grey, white = litres(whole, "grey_matter"), litres(whole, "white_matter")
    assert 1.0 < grey / white < 2.2
    assert 0.1 < litres(whole, "csf") < 0.6


@pytest.mark.parametrize("plain", [True, False])
def test_layers_follow_from_outside_to_inside(plain):
    patient = head(12.0, shape=(512, 512), plain=plain)
    middle = patient.labels[0, :, 256]
    names = [patient.tissues[i] for i in middle if patient.tissues[i] != "muscle"]  # a thin sheet
    order = [name for name, before in zip(names, [None, *names], strict=False) if name != before]
    assert order[:6] == ["air", "skin", "adipose", "cortical_bone", "spongy_bone", "cortical_bone"]
    assert order[-1] == "air"


def test_skull_closes_the_brain_in():
    from scipy import ndimage

    patient = head(**PLANE)
    wall = patient.where("cortical_bone", "spongy_bone")[0]
    outside = ndimage.label(~wall)[0]
    brain = patient.where("grey_matter", "white_matter", "csf")[0]
    assert outside[0, 0] not in np.unique(outside[brain])


def test_the_template_is_alike_left_and_right_and_a_person_less_so():
    person = head(**PLANE).labels
    assert 0.5 < (person == person[:, :, ::-1]).mean() < 0.9
    patient = head(plain=True, **PLANE)
    same = patient.labels == patient.labels[:, :, ::-1]
    assert same.mean() > 0.9


def test_front_is_at_the_first_rows(whole):
    # The eyes: water far in front and low.
    up, back, _ = (np.broadcast_to(g, whole.shape) for g in whole.grid_mm())
    water = whole.where("water")
    assert water.any()
    assert back[water].max() < -60
    assert up[water].max() < -15


def test_same_seed_same_head_other_seed_other_head():
    a, b, c = (head(rng=seed, **PLANE) for seed in (1, 1, 2))
    assert np.array_equal(a.labels, b.labels)
    assert not np.array_equal(a.labels, c.labels)


def test_single_plane_is_the_plane_of_the_stack():
    stack = head([7.0, 12.0], shape=(128, 128))
    assert np.array_equal(stack.plane(1).labels, head(**PLANE).labels)
    assert stack.plane(1).origin_mm == head(**PLANE).origin_mm


@pytest.mark.parametrize(
    ("lesion", "tissue", "was"),
    [
        ("bleed", "blood_clot", {"grey_matter", "white_matter", "csf", "calcification"}),
        ("infarct", "infarct", {"grey_matter", "white_matter"}),
    ],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lesion_lies_in_its_organ(lesion, tissue, was, seed):
    healthy = head(rng=seed, **PLANE)
    ill = lesions.add(healthy, lesion, rng=seed)
    truth = ill.lesions[lesion]
    assert truth.shape == healthy.shape
    assert truth.any()
    assert {healthy.tissues[i] for i in np.unique(healthy.labels[truth])} <= was
    assert ill.where(tissue)[truth].all()


def test_bleed_has_the_size_asked_for():
    healthy = head(np.arange(-20.0, 60.0, 2.0), shape=(120, 120))
    ill = lesions.bleed(healthy, radius_mm=15.0, centre_mm=(15.0, 0.0, 25.0), rng=3)
    volume = ill.lesions["bleed"].sum() * np.prod(ill.spacing_mm)
    # The axes are drawn within 0.8 and 1.25, and the outline waves.
    assert 0.5 < volume / (4 / 3 * np.pi * 15**3) < 2.0


@pytest.mark.parametrize("radius_mm", [8.0, 12.0])
def test_a_bleed_has_a_rim_of_oedema_4_mm_wide(radius_mm):
    healthy = head(30.0, shape=(256, 256), field_mm=240.0)
    widths = []
    for seed in range(6):
        ill = lesions.bleed(healthy, radius_mm=radius_mm, centre_mm=(30.0, 0.0, 25.0), rng=seed)
        inner, rim = (ill.lesions[name].sum() for name in ("bleed", "oedema"))
        pixel = np.prod(healthy.spacing_mm[1:])
        widths.append(np.sqrt((inner + rim) * pixel / np.pi) - np.sqrt(inner * pixel / np.pi))
    assert np.mean(widths) == pytest.approx(4, abs=0.4)


def test_bleed_does_not_leave_the_skull():
    healthy = head(**PLANE)
    ill = lesions.bleed(healthy, radius_mm=25.0, centre_mm=(12.0, 0.0, 60.0), rng=0)
    bone = healthy.where("cortical_bone", "spongy_bone", "muscle", "adipose", "skin", "air")
    assert not (ill.lesions["bleed"] & bone).any()


def test_infarct_stays_in_its_half():
    ill = lesions.infarct(head(**PLANE), radius_mm=60.0, rng=0)
    left = np.broadcast_to(ill.grid_mm()[2], ill.shape)[ill.lesions["infarct"]]
    assert np.all(left > 0) or np.all(left < 0)


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="there are: bleed, infarct"):
        head(lesion="tumour", **PLANE)
    with pytest.raises(ValueError, match="no place for the lesion"):
        head(100.0, lesion="bleed")  # above the head


def test_fast_template_is_nilearns_own():
    for fast, public in zip(brain.template(), brain._template_by_nilearn(), strict=True):
        assert np.array_equal(fast, public)
