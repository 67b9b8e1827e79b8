"""The viewer without a browser: what it sends, what it stores, and what it says when wrong."""

import base64
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import traitlets
from PIL import Image

from medkit.image import Volume
from medkit.views.viewer import VolumeViewer
from medkit.views.viewer import layer as layers
from medkit.views.viewer.layer import Layer, window_index
from medkit.views.viewer.planes import geometry_notes, plane_views
from medkit.views.viewer.still import paint, poster

SHAPE = (9, 20, 30)
RAS = np.array([[0, 0, 1], [0, -1, 0], [-1, 0, 0]], dtype=float)


def ct(**changes):
    rng = np.random.default_rng(1)
    pixels = rng.integers(-1024, 2000, SHAPE).astype(np.int16)
    return Volume(pixels, **{"spacing_mm": (3, 1, 0.5), "unit": "HU", "modality": "CT"} | changes)


def decode(layer, data):
    raw = np.frombuffer(data, layer.dtype).reshape(-1, *layer.pixels.shape[1:])
    return raw * layer.slope + layer.intercept


@pytest.mark.parametrize(
    ("dtype", "sent"),
    [
        ("bool", "uint8"),
        ("uint8", "uint8"),
        ("int8", "int16"),
        ("int16", "int16"),
        (">i2", "int16"),
        ("uint16", "uint16"),
        ("int32", "int16"),
        ("int64", "int16"),
        ("float32", "int16"),
        ("float64", "int16"),
    ],
)
def test_whole_numbers_travel_unchanged_in_two_bytes_at_most(dtype, sent):
    low = -1000 if np.dtype(dtype).kind in "if" and dtype != "int8" else 0
    high = {"bool": 2, "uint8": 256, "int8": 100, "uint16": 60000}.get(np.dtype(dtype).name, 3000)
    low = -100 if dtype == "int8" else low
    pixels = np.random.default_rng(2).integers(low, high, SHAPE).astype(dtype)
    layer = Layer(Volume(pixels))
    assert layer.dtype == sent
    assert (decode(layer, layer.planes([3, 0])) == pixels[[3, 0]]).all()


def test_fractions_and_large_numbers_travel_as_floats():
    pixels = np.random.default_rng(3).normal(size=SHAPE)
    pixels[0, 0, 0], pixels[0, 0, 1] = np.nan, np.inf
    layer = Layer(Volume(pixels))
    assert layer.dtype == "float32"
    got = decode(layer, layer.planes([0]))[0]
    np.testing.assert_array_equal(got, pixels[0].astype(np.float32))
    assert Layer(Volume(np.full(SHAPE, 2**20))).dtype == "float32"


def test_large_float_volumes_travel_as_integers_within_half_a_step(monkeypatch):
    monkeypatch.setattr(layers, "LARGEST_FLOAT", 100)
    pixels = np.random.default_rng(4).normal(size=SHAPE) * 50
    pixels[1, 2, 3] = np.nan
    layer = Layer(Volume(pixels))
    assert layer.coded
    assert layer.dtype == "int16"
    got, truth = decode(layer, layer.planes([2]))[0], pixels[2]
    assert np.abs(got - truth).max() <= layer.slope * 0.5001
    assert layer.slope < np.ptp(pixels[2]) / 30000
    assert np.frombuffer(layer.planes([1]), np.int16).reshape(20, 30)[2, 3] == layers.NAN_CODE


def test_colour_is_eight_bits_a_channel():
    colour = np.random.default_rng(5).random((2, 4, 5, 3))
    layer = Layer(Volume(colour, modality="OP"))
    got = np.frombuffer(layer.planes([1]), np.uint8).reshape(4, 5, 3)
    assert np.abs(got - colour[1] * 255).max() <= 1


@pytest.mark.parametrize("value", [0.0, -7.25, np.nan, np.inf, 300])
def test_constant_images_have_a_window(value):
    viewer = VolumeViewer(np.full((2, 5, 6), value))
    assert viewer.window > 0
    assert np.isfinite([viewer.level, viewer.window]).all()
    assert poster(viewer).width == 760


def test_a_single_bright_voxel_is_seen():
    pixels = np.zeros((8, 64, 64))
    pixels[4, 32, 32] = 1
    viewer = VolumeViewer(pixels)
    assert (viewer.level, viewer.window) == (0.5, 1.0)


def test_answers_with_the_planes_asked_for():
    viewer, sent = VolumeViewer(ct()), []
    viewer.send = lambda content, buffers=None: sent.append((content, buffers))
    viewer._handle_custom_msg({"layer": 0, "planes": [4, 2]}, [])
    content, (data,) = sent.pop()
    assert content == {"layer": 0, "planes": [4, 2]}
    assert data == viewer._layers[0].pixels[[4, 2]].tobytes()
    # Whatever else arrives is no reason to fail: the page may be old or broken.
    for odd in [{}, {"layer": 9, "planes": [0]}, {"layer": None}, "text", {"layer": 0}]:
        viewer._handle_custom_msg(odd, [])
    viewer._handle_custom_msg({"layer": 0, "planes": [-1, 99, "x", 1]}, [])
    assert sent[-1][0]["planes"] == [1]


def test_state_is_plain_and_small():
    big = Volume(np.zeros((60, 128, 128), np.int16))
    viewer = VolumeViewer(big, overlay=np.zeros(big.shape, bool))
    state = viewer.get_state()
    assert len(state["_preview"]) + len(state["_first"]) < 400_000
    json.dumps({k: v for k, v in state.items() if not isinstance(v, bytes)}, allow_nan=False)


def test_a_still_picture_is_stored_for_pages_without_a_kernel(monkeypatch):
    rng = np.random.default_rng(6)
    noisy = Volume(rng.normal(size=(64, 128, 128)), modality="MR")
    viewer = VolumeViewer(noisy, overlay=rng.random((64, 128, 128)))
    assert "<img" not in viewer._repr_mimebundle_()["text/html"]
    monkeypatch.setenv("MEDKIT_STILLS", "1")
    data = viewer._repr_mimebundle_()
    (still,) = re.findall('base64,([^"]+)"', data["text/html"])
    with Image.open(io.BytesIO(base64.b64decode(still))) as picture:
        assert picture.width == 760
        assert picture.width > 2 * picture.height
    viewer.view = "axial"
    assert poster(viewer).size == (760, 480)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "MR volume of 64 × 128 × 128 voxels" in data["text/plain"]


def test_poster_paints_the_window_in_the_right_place():
    volume = ct(axes=RAS)
    viewer = VolumeViewer(volume, window=(100, 500), view="axial", voxel=(2, 0, 0))
    grey = np.floor(np.clip((volume.pixels[2] - 100) / 500 + 0.5, 0, 1) * 255 + 0.5)
    # RAS axes grow to the left-hand side of the screen and to its top.
    np.testing.assert_array_equal(paint(viewer, viewer.views[0])[..., 0], grey[::-1, ::-1])


@pytest.mark.parametrize(
    ("name", "published"), [("inferno", "inferno"), ("hot", "afmhot"), ("difference", "PuOr")]
)
def test_colours_are_those_of_matplotlib_and_the_same_in_browser_and_poster(name, published):
    import matplotlib

    truth = matplotlib.colormaps[published](np.arange(256), bytes=True)[:, :3]
    viewer = VolumeViewer(
        np.arange(256, dtype=np.uint8).reshape(1, 16, 16),
        level=127.5,
        window=(127.5, 255),
        colormap=name,
    )
    sent = bytes.fromhex(viewer._facts["colormaps"][name])
    np.testing.assert_array_equal(np.frombuffer(sent, np.uint8).reshape(256, 3), truth)
    np.testing.assert_array_equal(paint(viewer, viewer.views[0]), truth.reshape(16, 16, 3))


def test_poster_places_an_overlay_by_its_geometry():
    base = Volume(np.zeros((4, 20, 20)), modality="CT", window=(0.5, 1))
    pixels = np.zeros((4, 5, 5), np.uint8)
    pixels[:, 1, 3] = 1
    # Voxels four times as wide, whose centre lies between the small ones.
    over = Volume(pixels, spacing_mm=(1, 4, 4), origin_mm=(1.5, 1.5, 0))
    viewer = VolumeViewer(base, overlay=over, opacity=1.0)
    painted = paint(viewer, viewer.views[0]).max(axis=2) > 0
    truth = np.zeros((20, 20), bool)
    truth[4:8, 12:16] = True
    np.testing.assert_array_equal(painted, truth)


def test_a_segmentation_is_painted_as_labels():
    base = Volume(np.zeros((1, 4, 4)), modality="CT")
    organ = Volume(np.eye(4, dtype=np.int16), modality="SEG")
    assert VolumeViewer(base, overlay=organ)._layers[1].kind == "labels"
    assert VolumeViewer(base, overlay=replace(organ, modality="MR"))._layers[1].kind == "image"


def test_window_maps_the_ends_and_the_middle():
    values = np.array([-np.inf, -60.0, 40.0, 140.0, np.inf, np.nan])
    assert window_index(values, 40, 200).tolist()[:5] == [0, 0, 128, 255, 255]


def test_planes_hang_as_radiologists_hang_them():
    views = {v["key"]: v for v in plane_views(ct(), sides=True)}
    assert views["axial"]["sides"] == ["R", "L", "A", "P"]
    assert views["coronal"]["sides"] == ["R", "L", "H", "F"]
    assert views["sagittal"]["sides"] == ["A", "P", "H", "F"]
    assert views["axial"]["flips"] == [False, False]
    assert views["coronal"]["flips"] == [False, True]
    # However the array is stored, the same patient side is on the same side of the screen.
    for axes in (RAS, RAS[[2, 0, 1]], -RAS[[1, 2, 0]]):
        turned = {v["key"]: v for v in plane_views(ct(axes=axes), sides=True)}
        for key, view in views.items():
            assert turned[key]["sides"] == view["sides"]
            assert np.abs(axes[turned[key]["across"]]) @ np.abs(
                ct().axes[view["across"]]
            ) == pytest.approx(1)


def test_letters_agree_with_the_volume():
    volume = ct(axes=RAS[[2, 0, 1]])
    for view in plane_views(volume, sides=True):
        low, high = volume.letters(view["across"])
        expected = [high, low] if view["flips"][0] else [low, high]
        assert view["sides"][:2] == expected


def test_tilt_and_turn_are_said():
    assert geometry_notes(ct(), True) == []
    lean = np.radians(20)
    tilted = ct(axes=[[0, 0, 1], [0, np.cos(lean), np.sin(lean)], [1, 0, 0]])
    assert "20° off square" in geometry_notes(tilted, True)[0]
    turn = np.array([[0, 0, 1], [-np.sin(0.5), np.cos(0.5), 0], [np.cos(0.5), np.sin(0.5), 0]])
    assert "turned by up to 29°" in geometry_notes(ct(axes=turn), True)[0]
    names = [v["key"] for v in plane_views(ct(axes=turn), sides=True)]
    assert sorted(names) == ["axial", "coronal", "sagittal"]


def test_an_oblique_volume_at_45_degrees_still_has_three_different_planes():
    h = np.sqrt(0.5)
    for axes in ([[0, 0, 1], [h, h, 0], [h, -h, 0]], [[0, h, h], [0, h, -h], [1, 0, 0]]):
        names = {v["key"] for v in plane_views(ct(axes=axes), sides=True)}
        assert names == {"axial", "coronal", "sagittal"}


def test_traits_are_checked_and_clipped():
    viewer = VolumeViewer(ct())
    viewer.voxel = (99, -3, 5)
    assert viewer.voxel == (8, 0, 5)
    viewer.voxel = (3, *viewer.voxel[1:])
    assert viewer.voxel == (3, 0, 5)
    with pytest.raises(traitlets.TraitError, match="positive width"):
        viewer.window = 0
    with pytest.raises(traitlets.TraitError, match="'axial', 'coronal', 'sagittal'"):
        viewer.view = "first"
    with pytest.raises(traitlets.TraitError):
        viewer.opacity = 2


def test_first_view_suits_the_volume():
    assert VolumeViewer(ct()).view == "all"
    assert VolumeViewer(ct().with_pixels(ct().pixels[:3])).view == "axial"
    assert VolumeViewer(np.zeros((30, 30, 30))).view == "all"
    assert VolumeViewer(Volume(np.zeros((30, 30, 30)), modality="US")).view == "first"
    assert VolumeViewer(np.zeros((5, 6))).view == "first"


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (dict(volume=np.zeros(5)), ValueError, "pixels have shape"),
        (dict(volume=np.zeros((2, 0, 3))), ValueError, "empty"),
        (dict(volume=np.zeros((2, 3, 4), complex)), TypeError, "np.abs"),
        (dict(volume="a text"), ValueError, "pixels have shape"),
        (
            dict(volume=np.zeros((2, 3, 4)), overlay=np.zeros((2, 3, 5))),
            ValueError,
            r"overlay has shape \(2, 3, 5\) and the volume \(2, 3, 4\)",
        ),
        (
            dict(volume=np.zeros((2, 3, 4)), overlay=Volume(np.zeros((2, 3, 4, 3)))),
            ValueError,
            "colour image",
        ),
        (dict(volume=np.zeros((2, 3, 4)), slce=1), TypeError, "slce"),
        (dict(volume=np.broadcast_to(np.int16(0), (3000, 512, 512))), ValueError, "::2"),
    ],
)
def test_errors_say_what_to_do(arguments, error, says):
    volume = arguments.pop("volume")
    with pytest.raises(error, match=says):
        VolumeViewer(volume, **arguments)


def test_the_volume_is_not_changed():
    volume = ct()
    before = volume.pixels.copy()
    viewer = VolumeViewer(volume, overlay=volume.pixels > 0, opacity=0.3)
    poster(viewer)
    viewer._layers[0].planes([0, 1])
    np.testing.assert_array_equal(volume.pixels, before)


def test_exported_pages_describe_every_picture(monkeypatch):
    from bs4 import BeautifulSoup
    from nbconvert import HTMLExporter
    from nbformat import v4

    volume = Volume(np.zeros((9, 9, 9)), unit='HU"<i>', modality="CT")
    monkeypatch.setenv("MEDKIT_STILLS", "1")
    data = VolumeViewer(volume)._repr_mimebundle_()
    cells = [v4.new_code_cell("x", outputs=[v4.new_output("display_data", data)])]
    page, _ = HTMLExporter().from_notebook_node(v4.new_notebook(cells=cells))
    assert "No description has been provided" not in page
    found = [img["alt"] for img in BeautifulSoup(page, "html.parser").find_all("img")]
    words = "CT volume of 9 × 9 × 9 voxels"
    assert len(found) == 1
    assert all(alt.startswith(words) and 'HU"<i>' in alt for alt in found)
