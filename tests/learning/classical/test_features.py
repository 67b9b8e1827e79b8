"""Features against the values that IBSI published, and against closed forms."""

import csv

import numpy as np
import pytest

from medkit.learning.classical import features
from medkit.learning.classical.features import HOG, Radiomics, RawPixels

#: Our names and those of the reference file.
FIRST_ORDER = {
    "mean": "mean",
    "variance": "var",
    "skewness": "skew",
    "kurtosis": "kurt",
    "median": "median",
    "minimum": "min",
    "10th percentile": "p10",
    "90th percentile": "p90",
    "maximum": "max",
    "interquartile range": "iqr",
    "range": "range",
    "mean absolute deviation": "mad",
    "robust mean absolute deviation": "rmad",
    "median absolute deviation": "medad",
    "coefficient of variation": "cov",
    "quartile coefficient of dispersion": "qcod",
    "energy": "energy",
    "root mean square": "rms",
}
TEXTURE = {
    "joint maximum": "joint_max",
    "joint average": "joint_avg",
    "joint variance": "joint_var",
    "joint entropy": "joint_entr",
    "difference average": "diff_avg",
    "difference variance": "diff_var",
    "difference entropy": "diff_entr",
    "sum average": "sum_avg",
    "sum variance": "sum_var",
    "sum entropy": "sum_entr",
    "angular second moment": "energy",
    "contrast": "contrast",
    "dissimilarity": "dissimilarity",
    "inverse difference": "inv_diff",
    "normalised inverse difference": "inv_diff_norm",
    "inverse difference moment": "inv_diff_mom",
    "normalised inverse difference moment": "inv_diff_mom_norm",
    "inverse variance": "inv_var",
    "correlation": "corr",
    "autocorrelation": "auto_corr",
    "cluster tendency": "clust_tend",
    "cluster shade": "clust_shade",
    "cluster prominence": "clust_prom",
    "information correlation 1": "info_corr1",
    "information correlation 2": "info_corr2",
}


@pytest.fixture(scope="module")
def phantom(test_data):
    """The digital phantom: grey levels 1 to 6, and 0 outside the region; slices first."""
    import nibabel

    folder = test_data / "radiomics/ibsi_1_digital_phantom/nifti"
    image, mask = (
        np.asarray(nibabel.load(folder / f).dataobj)
        for f in ("image/phantom.nii.gz", "mask/mask.nii.gz")
    )
    return np.where(mask > 0, image, 0).astype(int).T


@pytest.fixture(scope="module")
def consensus(test_data):
    file = test_data / "radiomics/ibsi_1_reference_values/ibsi_1_dig_phantom.csv"
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    return {row["tag"]: row["reference value"] for row in rows if row["reference value"]}


def agree(value, published):
    """Whether a value rounds to the published one, which has three significant digits."""
    return f"{float(value):.3g}" == f"{float(published):.3g}"


@pytest.mark.data
def test_first_order_is_ibsi(phantom, consensus):
    found = features.first_order(phantom[phantom > 0])
    assert len(found) == len(FIRST_ORDER)
    for name, tag in FIRST_ORDER.items():
        assert agree(found[name], consensus[f"stat_{tag}"]), name
    share = np.bincount(phantom[phantom > 0])[1:] / (phantom > 0).sum()
    assert agree(features.entropy(share), consensus["ih_entropy"])


@pytest.mark.data
@pytest.mark.parametrize("how", ["2D_avg", "2D_comb", "2_5D_avg", "2_5D_comb"])
def test_texture_is_ibsi(phantom, consensus, how):
    counts = np.array([features.cooccurrence(plane, 6) for plane in phantom])
    if how.startswith("2_5D"):
        counts = counts.sum(0, keepdims=True)  # slices merged
    if how.endswith("comb"):
        counts = counts.sum(1, keepdims=True)  # directions merged
    found = features.texture(counts)
    assert len(found) == len(TEXTURE)
    for name, tag in TEXTURE.items():
        assert agree(found[name].mean(), consensus[f"cm_{tag}_{how}"]), name


def test_texture_of_stripes():
    """Stripes one pixel wide: rows alike, columns as different as can be."""
    stripes = np.tile([[1, 4]], (6, 3))
    right, _, up, _ = features.cooccurrence(stripes, 4)
    assert features.texture(right)["contrast"] == 9
    assert features.texture(right)["correlation"] == pytest.approx(-1)
    assert features.texture(up)["contrast"] == 0
    assert features.texture(up)["information correlation 2"] == pytest.approx(
        np.sqrt(1 - np.exp(-2))
    )


def test_a_flat_picture_has_finite_features():
    table = Radiomics().fit_transform(np.full((2, 12, 12, 1), 0.3))
    assert np.isfinite(table).all()
    named = dict(zip(Radiomics().fit(table).get_feature_names_out(), table[0], strict=True))
    assert named["variance"] == pytest.approx(0, abs=1e-12)
    assert named["correlation"] == 1
    assert named["joint entropy"] == 0


def test_blobs_answer_to_their_size():
    row, column = np.mgrid[:64, :64] - 32
    for sigma in (1.5, 3.0):
        spot = np.exp(-(row**2 + column**2) / (2 * sigma**2))
        sizes = (sigma / 2, sigma, 2 * sigma)
        found = features.blobs(np.array([spot, spot + 5, 1 - spot]), sizes)
        # The centre's response is s²/(s²+σ²) − s²/(s²+(1.6σ)²), for a spot of width s.
        for size in sizes:
            expected = sigma**2 / (sigma**2 + size**2) - sigma**2 / (sigma**2 + (1.6 * size) ** 2)
            bright, dark = found[f"bright blob {size:g} px"], found[f"dark blob {size:g} px"]
            assert bright[0] == pytest.approx(expected, abs=2e-3)
            assert bright[1] == pytest.approx(bright[0]), "brightness around does not matter"
            assert dark[2] == pytest.approx(-bright[0])


def test_hog_sees_direction_and_not_brightness():
    wave = np.sin(np.arange(32) / 2)
    upright = np.tile(wave, (32, 1))[None, ..., None]  # its gradients point along the rows
    how = HOG(cell=8, orientations=4).fit(upright)
    table = how.transform(upright)
    np.testing.assert_allclose(how.transform(3 * upright + 1), table, atol=1e-3)
    by_angle = table.reshape(-1, 4).sum(0)
    turned = how.transform(upright.swapaxes(1, 2)).reshape(-1, 4).sum(0)
    assert by_angle.argmax() != turned.argmax()
    assert by_angle.max() > 0.9 * by_angle.sum()


@pytest.mark.parametrize("how", [RawPixels(), HOG(cell=6), Radiomics(blob_px=(1.0, 3.0))])
def test_names_fit_columns_and_nothing_is_changed(how):
    images = np.random.default_rng(0).random((3, 20, 24, 3)).astype(np.float32)
    before = images.copy()
    table = how.fit_transform(images)
    names = how.get_feature_names_out()
    assert table.shape == (3, len(names))
    assert len(set(names)) == len(names)
    np.testing.assert_array_equal(images, before)
    np.testing.assert_allclose(how.transform(images[1:2]), table[1:2])  # each for itself


def test_wrong_shapes_say_what_to_type():
    with pytest.raises(ValueError, match=r"images\[None\]"):
        HOG().transform(np.zeros((28, 28)))
    with pytest.raises(ValueError, match="smaller cell"):
        HOG().transform(np.zeros((2, 12, 12, 1)))
