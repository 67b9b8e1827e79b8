"""Radiomics in space against what IBSI published, and against closed forms."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from medkit.learning.classical import features, radiomics

#: Feature of the kit → tag in the tables of reference values.
SHAPE = {
    "volume": "volume",
    "volume by counting": "vol_approx",
    "surface": "area_mesh",
    "surface to volume": "av",
    "compactness 1": "comp_1",
    "compactness 2": "comp_2",
    "spherical disproportion": "sph_dispr",
    "sphericity": "sphericity",
    "asphericity": "asphericity",
    "diameter": "diam",
    "major axis": "pca_maj_axis",
    "minor axis": "pca_min_axis",
    "least axis": "pca_least_axis",
    "elongation": "pca_elongation",
    "flatness": "pca_flatness",
    "volume density, box": "vol_dens_aabb",
    "area density, box": "area_dens_aabb",
    "volume density, ellipsoid": "vol_dens_aee",
    "area density, ellipsoid": "area_dens_aee",
    "volume density, hull": "vol_dens_conv_hull",
    "area density, hull": "area_dens_conv_hull",
    "shift of the centre of mass": "com",
    "integrated intensity": "integ_int",
    "Moran's I": "moran_i",
    "Geary's C": "geary_c",
}
HISTOGRAM = {
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
    "mode": "mode",
    "entropy": "entropy",
    "uniformity": "uniformity",
    "steepest rise": "max_grad",
    "level of the steepest rise": "max_grad_g",
    "steepest fall": "min_grad",
    "level of the steepest fall": "min_grad_g",
}
VOLUME_HISTOGRAM = {
    "volume at 10 % intensity": "v10",
    "volume at 90 % intensity": "v90",
    "intensity at 10 % volume": "i10",
    "intensity at 90 % volume": "i90",
    "difference of volumes": "diff_v10_v90",
    "difference of intensities": "diff_i10_i90",
}
#: Tags of `radiomics.EMPHASES`, by family: runs, zones, distances, dependences.
EMPHASES = {
    "rlm": "sre lre lgre hgre srlge srhge lrlge lrhge glnu glnu_norm rlnu rlnu_norm r_perc "
    "gl_var rl_var rl_entr",
    "szm": "sze lze lgze hgze szlge szhge lzlge lzhge glnu glnu_norm zsnu zsnu_norm z_perc "
    "gl_var zs_var zs_entr",
    "dzm": "sde lde lgze hgze sdlge sdhge ldlge ldhge glnu glnu_norm zdnu zdnu_norm z_perc "
    "gl_var zd_var zd_entr",
    "ngl": "lde hde lgce hgce ldlge ldhge hdlge hdhge glnu glnu_norm dcnu dcnu_norm dc_perc "
    "gl_var dc_var dc_entr",
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
STATISTICS = HISTOGRAM | {"energy": "energy", "root mean square": "rms"}
HERE = Path(__file__).resolve().parent


def table(file):
    """Return tag → (value, tolerance) of a file of reference values."""
    with file.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter=";") if row["reference value"]]
    return {r["tag"]: (float(r["reference value"]), float(r["tolerance"])) for r in rows}


def agree(value, published, tolerance):
    """Whether a value rounds to the published three digits, or lies within the tolerance."""
    # Half a unit of the third digit is how far rounding may have moved it.
    digit = 10.0 ** (np.floor(np.log10(abs(published))) - 2) if published else 1e-9
    return abs(value - published) <= max(tolerance, 0.5 * digit) * 1.0001


def each(prefix, found, tags, suffix=""):
    """Yield tag and value of each feature of a family."""
    for name, value in found.items():
        if name in tags:
            yield f"{prefix}_{tags[name]}{suffix}", float(value)


def emphases(family, counts, voxels, suffix):
    tags = dict(zip(radiomics.EMPHASES, EMPHASES[family].split(), strict=True))
    yield from each(family, radiomics.emphases(counts, voxels), tags, suffix)


def of_ways(counts, family, voxels, suffix):
    """Yield features that are averaged over matrices, and those of their sum."""
    merged = counts.sum(0)
    alone = [dict(emphases(family, one, voxels, f"_{suffix}_avg")) for one in counts]
    for tag in alone[0]:
        yield tag, np.mean([one[tag] for one in alone])
    yield from emphases(family, merged, voxels * len(counts), f"_{suffix}_comb")


def everything(volume, mask, inside, levels, spacing):
    """Yield tag and value of all features in three dimensions."""
    n = (levels > 0).sum()
    shaped = radiomics.shape(mask, spacing, volume, inside)
    yield from each("morph", shaped, SHAPE)
    yield from each("stat", features.first_order(volume[inside]), STATISTICS)
    yield from each("ih", radiomics.histogram(levels), HISTOGRAM)
    pairs = radiomics.cooccurrences(levels)
    averaged = {k: v.mean() for k, v in features.texture(pairs).items()}
    yield from each("cm", averaged, TEXTURE, "_3D_avg")
    yield from each("cm", features.texture(pairs.sum(0)), TEXTURE, "_3D_comb")
    yield from of_ways(radiomics.run_lengths(levels), "rlm", n, "3D")
    sizes, distances = radiomics.zones(levels, mask)
    yield from emphases("szm", sizes, n, "_3D")
    yield from emphases("dzm", distances, n, "_3D")
    dependences = radiomics.dependences(levels)
    yield from emphases("ngl", dependences, n, "_3D")
    yield "ngl_dc_energy_3D", ((dependences / n) ** 2).sum()
    for name, value in radiomics.tone_differences(levels).items():
        yield f"ngt_{name}_3D", value


def flat(levels):
    """Yield tag and value of the texture in planes, averaged, and merged over planes."""
    planes = [levels[k : k + 1] for k in range(len(levels))]
    n, ways = (levels > 0).sum(), radiomics.IN_PLANE
    for name, of in (("cm", radiomics.cooccurrences), ("rlm", radiomics.run_lengths)):
        alone = [of(np.where(p > 0, p, 0), ways) for p in planes]
        size = np.max([a.shape for a in alone], axis=0)
        alone = np.array(
            [np.pad(a, [(0, s - k) for s, k in zip(size, a.shape, strict=True)]) for a in alone]
        )  # (plane, way, …)
        own = [(p > 0).sum() for p in planes]
        groups = {
            "2D_avg": [(m, v) for one, v in zip(alone, own, strict=True) for m in one],
            "2D_comb": [(one.sum(0), 4 * v) for one, v in zip(alone, own, strict=True)],
            "2_5D_avg": [(m, n) for m in alone.sum(0)],
            "2_5D_comb": [(alone.sum((0, 1)), 4 * n)],
        }
        for how, matrices in groups.items():
            if name == "cm":
                many = [
                    dict(each("cm", features.texture(m), TEXTURE, f"_{how}")) for m, _ in matrices
                ]
            else:
                many = [dict(emphases("rlm", m, v, f"_{how}")) for m, v in matrices]
            for tag in many[0]:
                yield tag, np.mean([one[tag] for one in many])
    for family, of in (
        ("szm", lambda p: radiomics.zones(p, flat=True)[0]),
        ("dzm", lambda p: radiomics.zones(p, flat=True)[1]),
        ("ngl", lambda p: radiomics.dependences(p, flat=True)),
    ):
        alone = [dict(emphases(family, of(p), (p > 0).sum(), "_2D")) for p in planes]
        for tag in alone[0]:
            yield tag, np.mean([one[tag] for one in alone])
        yield from emphases(family, of(levels), n, "_2_5D")
    yield (
        "ngl_dc_energy_2D",
        np.mean(
            [((radiomics.dependences(p, flat=True) / (p > 0).sum()) ** 2).sum() for p in planes]
        ),
    )
    yield "ngl_dc_energy_2_5D", ((radiomics.dependences(levels, flat=True) / n) ** 2).sum()
    alone = [radiomics.tone_differences(p, flat=True) for p in planes]
    for name, value in radiomics.tone_differences(levels, flat=True).items():
        yield f"ngt_{name}_2D", np.mean([one[name] for one in alone])
        yield f"ngt_{name}_2_5D", value


def held(found, reference):
    """Return the wrong ones, and family → how many agree."""
    wrong, right = {}, {}
    for tag, value in found:
        if tag not in reference:
            continue
        family = tag.split("_")[0]
        right.setdefault(family, 0)
        if agree(value, *reference[tag]):
            right[family] += 1
        else:
            wrong[tag] = (value, *reference[tag])
    return wrong, right


def resampled(volume, spacing, step=2.0):
    """Read a volume on a finer grid with the same middle, linearly."""
    shape = np.array(volume.shape)
    finer = np.ceil(shape * spacing / step - 1e-9).astype(int)
    places = [
        (np.arange(m) - (m - 1) / 2) * step / s + (n - 1) / 2
        for m, s, n in zip(finer, spacing, shape, strict=True)
    ]
    grid = np.meshgrid(*places, indexing="ij")
    return ndimage.map_coordinates(volume, grid, order=1, mode="nearest")


@pytest.mark.data
def test_480_of_482_values_of_the_digital_phantom(test_data):
    import nibabel

    folder = test_data / "radiomics"
    volume, mask = (
        np.asarray(nibabel.load(folder / "ibsi_1_digital_phantom/nifti" / f).dataobj).T
        for f in ("image/phantom.nii.gz", "mask/mask.nii.gz")
    )
    mask = mask > 0
    levels = np.where(mask, volume, 0).astype(int)
    reference = table(folder / "ibsi_1_reference_values/ibsi_1_dig_phantom.csv")
    found = dict(everything(volume.astype(float), mask, mask, levels, (2, 2, 2)))
    found |= dict(flat(levels))
    found |= dict(each("ivh", radiomics.volume_histogram(levels), VOLUME_HISTOGRAM))
    wrong, right = held(found.items(), reference)
    assert not wrong
    counts = {"morph": 25, "stat": 18, "ih": 23, "ivh": 6, "cm": 150, "rlm": 96}
    assert right == counts | {"szm": 48, "dzm": 48, "ngl": 51, "ngt": 15}
    assert set(reference) - set(found) == {"loc_peak_loc", "loc_peak_glob"}


@pytest.mark.data
def test_202_values_of_the_lung_in_configuration_c(test_data):
    """The values: IBSI reference manual (CC BY 4.0), as in the table beside this file."""
    import nibabel

    folder = test_data / "radiomics/ibsi_1_ct_radiomics_phantom/nifti"
    image = nibabel.load(folder / "image/phantom.nii.gz")
    spacing = np.array(image.header.get_zooms()[::-1], float)
    mask = np.asarray(nibabel.load(folder / "mask/mask.nii.gz").dataobj, float).T
    volume = np.rint(resampled(np.asarray(image.dataobj, float).T, spacing))
    mask = resampled(mask, spacing) >= 0.5 - 1e-6  # halves are met exactly, but for rounding
    inside = mask & (volume >= -1000) & (volume <= 400)
    levels = radiomics.discretise(volume, inside, 25, -1000)
    assert mask.sum() == pytest.approx(45985, abs=100)
    box = ndimage.find_objects(mask.astype(int))[0]
    volume, mask, inside, levels = (a[box] for a in (volume, mask, inside, levels))
    reference = table(HERE / "ibsi_1_chest_config_c.csv")
    wrong, right = held(everything(volume, mask, inside, levels, (2, 2, 2)), reference)
    assert not wrong
    assert sum(right.values()) == len(reference) == 202


def test_a_ball_has_the_volume_and_the_surface_of_a_ball():
    z, y, x = np.indices((45, 45, 45)) - 22
    found = radiomics.shape(z**2 + y**2 + x**2 < 20**2, (1, 1, 1))
    assert found["volume"] == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.02)
    assert found["diameter"] == pytest.approx(40, abs=1)
    assert found["sphericity"] == pytest.approx(1, abs=0.1)  # steps make it rougher
    assert found["flatness"] == pytest.approx(1, abs=0.01)
    stretched = radiomics.shape(z**2 + y**2 + x**2 < 20**2, (2, 1, 1))
    assert stretched["elongation"] == pytest.approx(0.5, abs=0.01)


def test_runs_and_zones_of_stripes():
    stripes = np.tile([[[1, 1, 2]]], (1, 4, 1))
    runs = radiomics.run_lengths(stripes, radiomics.IN_PLANE)
    along = dict(zip(radiomics.IN_PLANE, runs, strict=True))
    assert along[0, 0, 1].tolist() == [[0, 4, 0, 0], [4, 0, 0, 0]]
    assert along[0, 1, 0].tolist() == [[0, 0, 0, 2], [0, 0, 0, 1]]
    sizes, distances = radiomics.zones(stripes)
    assert sizes[0, 7] == sizes[1, 3] == 1
    assert sizes.sum() == distances.sum() == 2


def test_every_voxel_is_in_one_run_of_each_way():
    levels = np.random.default_rng(0).integers(0, 4, (5, 6, 7))
    runs = radiomics.run_lengths(levels)
    length = np.arange(1, runs.shape[2] + 1)
    assert ((runs * length).sum((1, 2)) == (levels > 0).sum()).all()
    sizes, _ = radiomics.zones(levels)
    assert (sizes * np.arange(1, sizes.shape[1] + 1)).sum() == (levels > 0).sum()


def test_in_a_plane_pairs_are_those_of_scikit_image():
    levels = np.random.default_rng(1).integers(0, 5, (9, 8))
    theirs = features.cooccurrence(levels, 4).sum(0)
    ours = radiomics.cooccurrences(levels[None], radiomics.IN_PLANE).sum(0)
    np.testing.assert_array_equal(ours, theirs)
