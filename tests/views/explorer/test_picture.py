"""Pictures: what is encoded can be read back, and what cannot be shown is refused."""

import numpy as np
import pytest

from medkit.views.explorer.charts import Bars, Lines, Table
from medkit.views.explorer.picture import Image, Picture
from medkit.views.explorer.pixels import COLORMAPS, colour_table, encode, pack, unpack


@pytest.mark.parametrize("kind", ["uint8", "int8", "int16", "uint16", "bool"])
def test_integers_are_encoded_exactly(kind):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 2, (5, 7)) if kind == "bool" else rng.integers(-90, 90, (5, 7))
    pixels = np.abs(values).astype(kind) if kind[0] in "ub" else values.astype(kind)
    codes, offset, step, missing = encode(pixels)
    np.testing.assert_array_equal(offset + step * codes.astype(float), pixels)
    assert not missing


@pytest.mark.parametrize("kind", ["float32", "float64", "int32"])
def test_numbers_are_encoded_to_a_fraction_of_their_range(kind):
    pixels = (np.random.default_rng(0).normal(size=(40, 30)) * 1e5).astype(kind)
    codes, offset, step, _ = encode(pixels)
    assert codes.dtype == np.uint16
    error = np.abs(offset + step * codes.astype(float) - pixels).max()
    assert error <= 0.51 * np.ptp(pixels.astype(float)) / 65534 + 1e-2


def test_missing_and_infinite_values_have_their_place():
    pixels = np.array([[0.0, np.nan], [10.0, np.inf], [-np.inf, 5.0]])
    codes, offset, step, missing = encode(pixels)
    assert missing
    assert codes[0, 1] == 65535
    values = offset + step * codes.astype(float)
    assert values[1, 1] == pytest.approx(10)
    assert values[2, 0] == pytest.approx(0)


def test_constant_and_all_missing_images_can_be_shown():
    for pixels in (np.full((3, 3), 7.5), np.full((3, 3), np.nan)):
        image = Image(pixels, unit="1")
        assert image.limits[0] < image.limits[1]
        pack(image.wire())


@pytest.mark.parametrize("name", COLORMAPS)
def test_colour_tables_have_256_colours(name):
    table = colour_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8


@pytest.mark.parametrize("name", ["gray", "viridis", "cividis", "magma", "hot"])
def test_brighter_colours_mean_more(name):
    brightness = colour_table(name).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(brightness) > -0.8).all()
    assert brightness[-1] - brightness[0] > 150


def test_pack_gives_back_what_it_got():
    numbers = np.linspace(0, 1, 5)
    document = {"a": [1, {"µ": memoryview(numbers).cast("B")}], "b": memoryview(b"abc"), "c": None}
    back = unpack(pack(document))
    np.testing.assert_array_equal(np.frombuffer(back["a"][1]["µ"]), numbers)
    assert back["b"] == b"abc"
    assert len(pack(document)) % 8 == 0
    assert back["c"] is None


def picture(gain=1.0):
    pixels = gain * np.arange(12.0).reshape(3, 4)
    return Picture(
        Image(pixels, title="ramp", unit="HU", limits=(0, 11), masks={"high": pixels > 8}),
        Lines([0, 1], {"up": [0, gain]}, xlabel="x", ylabel="y", ylim=(0, 2)),
        Bars(["a", "b"], {"n": [1, 2]}, ylabel="n (1)"),
        Table([["a", 1]], header=["name", "value"]),
        caption="numbers",
        alt="a ramp",
    )


def test_fingerprint_follows_what_is_shown():
    assert picture().fingerprint() == picture().fingerprint()
    assert picture().fingerprint() != picture(1.1).fingerprint()


def test_wire_holds_pixels_masks_and_curves():
    wire = unpack(pack(picture().wire()))
    image, lines, bars, table = wire["panels"]
    codes = np.frombuffer(image["pixels"], np.uint16)
    np.testing.assert_allclose(image["offset"] + image["step"] * codes, np.arange(12), atol=1e-3)
    assert sum(image["masks"][0]["pixels"]) == 3
    np.testing.assert_array_equal(np.frombuffer(lines["series"][0]["y"]), [0, 1])
    assert bars["names"] == ["a", "b"]
    assert table["rows"] == [["a", "1"]]


def test_inputs_are_not_modified():
    pixels = np.array([[1.0, np.nan]])
    copy = pixels.copy()
    pack(Image(pixels, unit="1").wire())
    np.testing.assert_array_equal(pixels, copy)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Image(np.zeros(3)), "shape"),
        (lambda: Image(np.zeros((2, 2), complex)), "complex"),
        (lambda: Image(np.zeros((2, 2)), limits=(1, 1)), "low < high"),
        (lambda: Image(np.zeros((2, 2)), limits=(0, np.nan)), "finite"),
        (lambda: Image(np.zeros((2, 2)), colormap="jet"), "jet"),
        (lambda: Image(np.zeros((2, 2)), masks={"m": np.ones((3, 3))}), "mask 'm'"),
        (lambda: Lines([0, 1], {"a": [1]}, xlabel="x", ylabel="y"), "'a'"),
        (lambda: Lines([0], {"a": [0]}, xlabel="x", ylabel="y", ylog=True, ylim=(0, 1)), "ylim"),
        (lambda: Bars(["a"], {"n": [1, 2]}, ylabel="n"), "'n'"),
        (lambda: Table([["a"], ["a", "b"]]), "equal lengths"),
        (lambda: Picture(Table([["a"]]), caption="", alt="x"), "caption"),
    ],
)
def test_what_cannot_be_shown_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_picture_needs_panels():
    with pytest.raises(TypeError, match="ndarray"):
        Picture(np.zeros((2, 2)), caption="c", alt="a")


def test_limits_of_axes_follow_the_data_with_room():
    lines = Lines([1, 2, 3], {"a": [10, 20, np.nan]}, xlabel="x", ylabel="y")
    assert lines.xlim == (1, 3)
    assert lines.ylim[0] < 10 < 20 < lines.ylim[1]
    log = Lines([1, 10], {"a": [0.0, 5.0]}, xlabel="x", ylabel="y", ylog=True)
    assert min(log.ylim) > 0
