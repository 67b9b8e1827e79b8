"""Dermoscopy: Beer–Lambert colours, and ABCD measured against what was put in."""

import csv
import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from medkit.anatomy.regions.skin import skin
from medkit.physics.optics import abcd, dermoscopy
from medkit.physics.optics.dermoscopy import DermoscopyProtocol

AT = np.arange(200) - 99.5
DISC = np.hypot(AT, AT[:, None]) < 60


def test_twice_the_pigment_squares_the_transmission():
    patch = skin(rng=0, hairs=0)
    bare = dermoscopy.reflectance(replace(patch, melanin=0 * patch.melanin))
    once = dermoscopy.reflectance(patch) / bare
    twice = dermoscopy.reflectance(replace(patch, melanin=2 * patch.melanin)) / bare
    np.testing.assert_allclose(twice, once**2, rtol=1e-4)


def test_melanin_is_brown_blood_is_red_and_deep_melanin_is_blue():
    def colour(**amounts):
        zero = np.zeros((1, 1), np.float32)
        patch = skin(rng=0, shape=(64, 64))
        values = {
            name: zero + amounts.get(name, 0)
            for name in ("melanin", "deep_melanin", "blood", "hair")
        }
        return dermoscopy.reflectance(replace(patch, **values))[0, 0] / dermoscopy.WHITE_RGB

    brown, red, blue = colour(melanin=1), colour(blood=1), colour(deep_melanin=1)
    assert brown[0] > brown[1] > brown[2]
    assert red[0] > 1.5 * red[2] > 1.5 * red[1]
    assert blue[2] > blue[1] > blue[0]


def test_a_picture_is_the_light_of_the_skin_under_the_lamp():
    """What the bytes of sRGB stand for, by the formula of IEC 61966-2-1."""
    patch = skin(rng=2, hairs=0)
    still = DermoscopyProtocol(photons=np.inf, blur_mm=0)
    levels = dermoscopy.acquire(patch, still) / 255
    linear = np.where(levels < 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    found = linear / still.lamp(patch.shape)[..., None]
    assert np.abs(found - dermoscopy.reflectance(patch)).max() < 0.012  # 8 bits


def test_a_disc_is_symmetric_smooth_and_as_wide_as_it_is():
    assert abcd.asymmetry(DISC) < 0.01
    assert abcd.border(DISC) == pytest.approx(1, abs=0.01)
    assert abcd.diameter(DISC) == pytest.approx(120, abs=1.5)


def test_an_ellipse_has_its_perimeter():
    """Ramanujan's formula; the mirrors are the ellipse's own axes, whatever their angle."""
    a, b, turn = 70.0, 35.0, 0.6
    x, y = (
        np.cos(turn) * AT + np.sin(turn) * AT[:, None],
        np.cos(turn) * AT[:, None] - np.sin(turn) * AT,
    )
    ellipse = (x / a) ** 2 + (y / b) ** 2 < 1
    h = ((a - b) / (a + b)) ** 2
    perimeter = np.pi * (a + b) * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h)))
    exact = perimeter / (2 * np.pi * np.sqrt(a * b))
    assert abcd.border(ellipse) == pytest.approx(exact, rel=0.01)
    assert abcd.asymmetry(ellipse) < 0.01
    assert abcd.diameter(ellipse) == pytest.approx(140, abs=2)


def test_a_triangle_misses_what_its_flip_misses():
    """Its axes are those of the picture, and only one of them is a mirror."""
    triangle = (np.abs(AT) < (AT[:, None] + 60) / 3) & (AT[:, None] < 60)
    middle = np.argwhere(triangle)[:, 0].mean()
    row, column = np.argwhere(triangle).T
    flipped = np.round(2 * middle - row).astype(int)
    missed = ~triangle[np.clip(flipped, 0, 199), column]
    assert abcd.asymmetry(triangle) == pytest.approx(missed.mean() / 2, abs=0.01)


def test_a_bite_makes_it_lopsided():
    bitten = DISC & ~((AT > 10) & (AT[:, None] > 10))
    assert abcd.asymmetry(bitten) > 0.05


def test_the_lesion_is_found():
    overlaps = []
    for k in range(6):
        patch = skin("naevus", rng=k)
        found = abcd.find_lesion(dermoscopy.acquire(patch, rng=k))
        overlaps.append(2 * (found & patch.lesion).sum() / (found.sum() + patch.lesion.sum()))
    assert np.mean(overlaps) > 0.9


def test_measured_follows_what_was_put_in():
    def mean(**facts):
        shapes = [_shape(skin(rng=k, shape=(200, 200), **facts)) for k in range(6)]
        return np.mean([(m.asymmetry, m.border, m.diameter_mm) for m in shapes], axis=0)

    calm = mean(asymmetry=0.1, border=0.1, diameter_mm=5.0)
    assert mean(asymmetry=0.9, border=0.1, diameter_mm=5.0)[0] > 1.5 * calm[0]
    assert mean(asymmetry=0.1, border=0.9, diameter_mm=5.0)[1] > 1.06 * calm[1]
    assert mean(asymmetry=0.1, border=0.1, diameter_mm=8.0)[2] == pytest.approx(
        1.6 * calm[2], rel=0.05
    )


def test_colours_are_counted():
    found = {}
    for n in (1, 4):
        lesions = [skin(colours=n, rng=k, hairs=0, diameter_mm=8.0) for k in range(5)]
        found[n] = [abcd.colours(dermoscopy.acquire(s, rng=0), s.lesion) for s in lesions]
    assert sum(map(len, found[1])) < sum(map(len, found[4]))
    assert sum("blue-grey" in names for names in found[4]) >= 2
    assert not any("blue-grey" in names for names in found[1])


def test_hair_is_removed():
    patch = skin(rng=1, hairs=0)
    hairy = replace(patch, hair=skin(rng=8, hairs=8).hair)
    clean, covered = (dermoscopy.acquire(s, rng=0).astype(float) for s in (patch, hairy))
    hair = hairy.hair > 0.3
    before = np.abs(covered - clean)[hair].mean()
    after = np.abs(abcd.remove_hair(covered.astype(np.uint8)) - clean)[hair].mean()
    assert after < 0.35 * before


def test_nothing_to_measure_is_said():
    with pytest.raises(ValueError, match="no lesion"):
        abcd.measure(np.zeros((64, 64, 3), np.uint8), lesion=np.zeros((64, 64), bool))


def test_real_melanomas_are_less_symmetric_than_naevi(test_data):
    folder = test_data / "optical" / "ham10000"
    with open(folder / "HAM10000_metadata.csv", newline="") as table:
        kinds = {row["image_id"]: row["dx"] for row in csv.DictReader(table)}
    means = {}
    with zipfile.ZipFile(folder / "isic224_share.zip") as archive:
        for kind in ("nv", "mel"):
            names = [n for n in archive.namelist() if kinds.get(n[:-4]) == kind][:15]
            pictures = (np.asarray(Image.open(io.BytesIO(archive.read(n)))) for n in names)
            found = [abcd.measure(picture) for picture in pictures]
            means[kind] = np.mean([(f.asymmetry, f.border) for f in found], axis=0)
    assert (means["mel"] > means["nv"]).all()


def _shape(patch):
    """ABCD of the truth's shape, without a picture."""
    picture = np.full((*patch.shape, 3), 200, np.uint8)
    return abcd.measure(picture, patch.spacing_mm, lesion=patch.lesion)
