"""The digital eye: layers in order, a fovea, and diseases that are where they say."""

import numpy as np
import pytest

from medkit.anatomy.regions.eye import LABEL, LAYERS, eye


def test_layers_come_in_order():
    edges = eye(rng=0).boundaries_um
    assert edges.shape == (len(LAYERS) - 1, 1, 512)
    assert (np.diff(edges, axis=0) > 0).all()


def test_the_fovea_is_the_thinnest_part():
    thickness = eye(rng=1).thickness_um[0]
    middle, rim = thickness[246:266].mean(), thickness[[165, 347]].mean()
    assert 150 < middle < 280  # µm, as measured by clinical scanners
    assert 270 < rim < 380
    assert np.abs(np.argmin(thickness[150:360]) + 150 - 256) < 20


def test_labels_follow_the_boundaries():
    subject = eye(rng=2, n_vessels=0)
    depth = (np.arange(400) + 0.5) * subject.spacing_um[1]
    column = 100
    above = (depth[:, None] > subject.boundaries_um[:, 0, column]).sum(axis=1)
    seen = subject.labels[0, :, column].astype(int)
    seen[seen == LABEL["choroidal vessel"]] = LABEL["choroid"]
    np.testing.assert_array_equal(seen, above)


def test_fluid_lies_in_the_retina_and_thickens_it():
    well, sick = eye(rng=3), eye(rng=3, fluid=4)
    fluid = sick.lesions["fluid"]
    assert fluid.sum() > 200
    assert (sick.labels[fluid] == LABEL["fluid"]).all()
    depth = (np.arange(400) + 0.5)[:, None] * sick.spacing_um[1]
    inside = (depth > sick.boundaries_um[0, 0]) & (
        depth < sick.boundaries_um[LABEL["pigment epithelium"], 0]
    )
    assert inside[fluid[0]].all()
    assert sick.thickness_um.max() > well.thickness_um.max() + 20


def test_drusen_lie_between_epithelium_and_choroid():
    subject = eye(rng=4, drusen=5)
    drusen = subject.lesions["drusen"][0]
    assert drusen.any()
    for column in np.flatnonzero(drusen.any(axis=0))[::10]:
        last = np.flatnonzero(drusen[:, column])[-1]
        assert subject.labels[0, last + 1, column] in (
            LABEL["choriocapillaris"],
            LABEL["retinal vessel"],
        )
    assert "fluid" not in subject.lesions


def test_the_same_person_twice():
    np.testing.assert_array_equal(eye(rng=5, fluid=2).labels, eye(rng=5, fluid=2).labels)
    assert (eye(rng=5).labels != eye(rng=6).labels).any()


def test_volumes_have_their_spacing():
    subject = eye(shape=(5, 100, 64), extent_um=(1000, 800, 3000), rng=0, drusen=2)
    assert subject.spacing_um == (200.0, 8.0, 46.875)
    assert subject.lesions["drusen"].shape == subject.shape == (5, 100, 64)


def test_a_map_needs_all_tissues():
    subject = eye(shape=(1, 40, 16), rng=0)
    values = {t.name: k for k, t in enumerate(subject.tissues)}
    np.testing.assert_array_equal(subject.map(values), subject.labels)
    with pytest.raises(KeyError, match="sclera"):
        subject.map({k: v for k, v in values.items() if k != "sclera"})
