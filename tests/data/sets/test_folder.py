"""A learner's own folder, as tidy or untidy as folders are."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from medkit.data import dicom
from medkit.data.sets import catalogue, folder
from medkit.image import Volume


def save(path, pixels=None, rng=None, **options):
    """Save a picture; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if pixels is None:
        pixels = np.random.default_rng(rng).integers(0, 256, (40, 30), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return pixels


@pytest.fixture
def mine(tmp_path):
    """Twelve patients with two pictures each, half of them ill."""
    home = tmp_path / "my_images"
    for k in range(12):
        for view in ("left", "right"):
            name = "benign" if k % 2 else "malignant"
            save(home / name / f"p{k:02d}_{view}.png", rng=2 * k)
    return home


def test_classes_are_sub_folders_and_patients_are_never_torn(mine):
    dataset = catalogue.load("folder", folder=mine)
    assert dataset.images.shape == (24, 64, 64, 1)
    assert dataset.images.dtype == np.float32
    assert dataset.classes == ("benign", "malignant")
    assert len(set(dataset.patients)) == 12
    assert set(dataset.part) == {"train", "validation", "test"}
    for patient in set(dataset.patients):
        assert len(set(dataset.part[dataset.patients == patient])) == 1
    assert "file name up to the first _ (24 images)" in dataset.notes["patients"]
    assert dataset.table["file"][0] == "benign/p01_left.png"


def test_the_split_can_be_drawn_anew_and_again(mine):
    first, again, other = (folder.read(mine, rng=seed).part for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_labels_follow_the_order_that_was_asked_for(mine):
    dataset = folder.read(mine, classes=("malignant", "benign"))
    assert dataset.classes == ("malignant", "benign")
    ill = np.char.startswith(dataset.table["file"], "malignant")
    np.testing.assert_array_equal(dataset.labels, ~ill)
    with pytest.raises(ValueError, match="no images of \\['normal'\\]"):
        folder.read(mine, classes=("normal", "benign"))


def test_sub_folders_name_patients(tmp_path):
    for k in range(8):
        for name in "ab":
            save(tmp_path / ("ill" if k % 2 else "well") / f"person {k}" / f"{name}_{k}.jpg")
    dataset = folder.read(tmp_path)
    assert set(dataset.patients) == {f"person {k}" for k in range(8)}
    assert dataset.classes == ("ill", "well")


def test_file_names_that_name_no_patient_are_one_clear_error(tmp_path):
    for k in range(10):
        save(tmp_path / ("ill" if k % 2 else "well") / f"IMG_{k:04d}.png")
    with pytest.raises(ValueError, match=r'10 images are of 1 patients.*patient="file"'):
        folder.read(tmp_path)
    assert len(set(folder.read(tmp_path, patient="file").patients)) == 10
    mine = folder.read(tmp_path, patient=lambda path: path.stem[-1])
    assert set(mine.patients) == set("0123456789")
    with pytest.raises(ValueError, match="function of the path"):
        folder.read(tmp_path, patient="name")


def test_hidden_files_and_texts_are_no_images(mine):
    save(mine / ".thumbnails" / "a.png")
    save(mine / "benign" / "._p01_left.png")
    save(mine / "loose.png")
    (mine / "benign" / "notes.txt").write_text("mine")
    (mine / "benign" / ".DS_Store").write_text("x")
    dataset = folder.read(mine)
    assert len(dataset) == 24
    assert dataset.notes["ignored"] == ("loose.png", "benign/notes.txt")


class Trap:
    """Springs when it is unpickled."""

    def __init__(self, home):
        self.home = home

    def __reduce__(self):
        return (self.home / "sprung").mkdir, ()


def test_broken_files_are_named_or_listed(mine):
    (mine / "benign" / "p98_a.png").write_bytes(b"no picture")
    whole = BytesIO()
    Image.new("L", (64, 64)).save(whole, "PNG")
    (mine / "benign" / "p99_a.png").write_bytes(whole.getvalue()[:60])
    np.save(mine / "benign" / "p97.npy", np.array([Trap(mine)], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="3 files") as caught:
        folder.read(mine)
    for name in ("p97.npy", "p98_a.png", "p99_a.png", "skip_broken=True"):
        assert name in str(caught.value)
    dataset = folder.read(mine, skip_broken=True)
    assert len(dataset) == 24
    assert len(dataset.notes["skipped"]) == 3
    assert not (mine / "sprung").exists()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda home: save(home / "only" / "a.png"), "one class, 'only'"),
        (lambda home: save(home / "a.png"), "no images in sub-folders"),
        (lambda home: None, "no images in sub-folders"),
    ],
)
def test_less_than_two_classes_is_one_clear_error(tmp_path, make, says):
    make(tmp_path)
    with pytest.raises(ValueError, match=says):
        folder.read(tmp_path)


def test_no_folder_is_one_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        catalogue.load("folder", folder=tmp_path / "nowhere")
    with pytest.raises(ValueError, match="which folder"):
        catalogue.load("folder")


def picture_of(path, size=32):
    pixels, _ = folder._picture(path)
    return folder._square(pixels, size)


@pytest.mark.parametrize("ending", [".png", ".tif", ".npy"])
def test_depths_and_colours_become_0_to_1(tmp_path, ending):
    def put(pixels):
        path = tmp_path / f"x{ending}"
        np.save(path, pixels) if ending == ".npy" else Image.fromarray(pixels).save(path)
        return path

    ramp = np.linspace(0, 1, 32 * 32).reshape(32, 32)
    for top, dtype, tolerance in ((255, np.uint8, 0.5 / 255), (65535, np.uint16, 1e-5)):
        got = picture_of(put(np.round(ramp * top).astype(dtype)))
        np.testing.assert_allclose(got[..., 0], ramp, atol=tolerance * 1.01)
    colour = np.zeros((32, 32, 3), np.uint8)
    colour[..., 1] = 255
    assert picture_of(put(colour)).mean((0, 1)).tolist() == [0, 1, 0]
    assert picture_of(put(np.repeat(colour[..., 1:2], 3, 2))).shape == (32, 32, 1)


def test_modes_of_pillow(tmp_path):
    for mode in ("1", "L", "LA", "P", "RGBA", "CMYK"):
        path = tmp_path / ("x.tif" if mode == "CMYK" else "x.png")
        Image.new("L", (32, 32), 255).convert(mode).save(path)
        np.testing.assert_allclose(picture_of(path), 1, atol=0.01, err_msg=mode)


def test_numbers_without_a_scale_are_refused(tmp_path):
    path = tmp_path / "ct.npy"
    np.save(path, np.array([[-1000.0, 40.0], [140.0, 3000.0]]))
    with pytest.raises(ValueError, match=r"-1000\.0 to 3000\.0.*0 to 1 before"):
        picture_of(path)
    np.save(path, np.array([[0.0, np.nan]]))
    with pytest.raises(ValueError, match="NaN"):
        picture_of(path)


def test_several_pages_are_refused(tmp_path):
    pages = [Image.new("L", (8, 8), k) for k in range(3)]
    pages[0].save(tmp_path / "x.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(ValueError, match="3 pictures"):
        picture_of(tmp_path / "x.tif")


def test_proportions_stay_and_nothing_is_aliased(tmp_path):
    stripes = np.tile(np.array([0, 255], np.uint8), (100, 100))  # 100 × 200, finest stripes
    save(tmp_path / "x.png", stripes)
    got = picture_of(tmp_path / "x.png", size=20)[..., 0]
    assert (got[:5] == 0).all()  # padding
    assert (got[15:] == 0).all()
    np.testing.assert_allclose(got[5:15, 1:-1], 0.5, atol=0.02)


def test_a_turned_photograph_is_turned_back(tmp_path):
    upright = np.zeros((40, 40), np.uint8)
    upright[:20] = 255
    turned = Image.fromarray(np.rot90(upright).copy())
    exif = turned.getexif()
    exif[0x0112] = 6  # "turn by 90° clockwise to see it"
    turned.save(tmp_path / "x.jpg", exif=exif, quality=95)
    got = picture_of(tmp_path / "x.jpg", size=40)[..., 0]
    assert got[:18].mean() > 0.95
    assert got[22:].mean() < 0.05


def test_dicom_brings_its_patient_and_its_units(tmp_path):
    hu = np.full((1, 16, 16), -160.0)
    hu[0, :8] = 240.0
    for k in range(8):
        where = tmp_path / ("ill" if k % 2 else "well")
        where.mkdir(exist_ok=True)
        # A window of its own in each header: what is learned from needs one for all.
        volume = Volume(hu, unit="HU", modality="CT", window=(40.0 - 100 * k, 400.0 + k))
        dicom.write(volume, where / f"scan_{k}", patient_id=f"ID{k // 2}")
    dataset = folder.read(tmp_path, size=16)
    assert dataset.modality == "CT"
    np.testing.assert_allclose(dataset.images[:, :8], 1, atol=0.01)
    np.testing.assert_allclose(dataset.images[:, 8:], 0, atol=0.01)
    assert set(dataset.patients) == {"ID0", "ID1", "ID2", "ID3"}
    assert dataset.notes["patients"] == "4: DICOM PatientID (8 images)"


@pytest.mark.data
def test_real_ultrasound(test_data):
    home = test_data / "ultrasound" / "Dataset_BUSI_with_GT"
    dataset = folder.read(home, classes=("benign", "malignant"), size=32)
    files = sum(1 for name in dataset.classes for _ in (home / name).glob("*.png"))
    assert len(dataset) == files > 100
    assert 0.1 < dataset.images.mean() < 0.6
