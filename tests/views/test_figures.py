"""Figures: the right values at the right places, with units and words."""

import base64
import io
import re

import matplotlib
import numpy as np
import pytest
from PIL import Image as Pillow

from medkit.views import figures, panels, stills
from medkit.views.explorer.picture import Bars, Image, Lines, Picture, Words


def pixels_of(figure):
    return np.asarray(figures.pixels(figure))


def axes_of(kind, *data, **settings):
    """Return the Axes that one panel is drawn into."""
    picture = Picture(kind(*data, **settings), caption="c", alt="a")
    return figures.draw(picture).axes[0]


def stored(html):
    """Return the image that is stored in a piece of HTML."""
    (data,) = re.findall('src="data:image/webp;base64,([^"]+)"', html)
    return Pillow.open(io.BytesIO(base64.b64decode(data)))


def test_image_shows_its_values_limits_and_unit():
    values = np.arange(12.0).reshape(3, 4)
    ax = axes_of(Image, values, title="ramp", unit="HU", limits=(-5, 20), spacing_mm=(2.0, 1.0))
    shown = ax.get_images()[0]
    np.testing.assert_array_equal(shown.get_array(), values)
    assert shown.get_clim() == (-5, 20)
    assert ax.get_title() == "ramp"
    assert ax.get_box_aspect() == pytest.approx(3 * 2 / 4)
    (bar,) = ax.child_axes
    assert bar.get_title(loc="left") == "HU"


def test_grey_levels_of_the_picture_are_those_of_the_array():
    values = np.array([[0.0, 128.0], [192.0, 255.0]])
    ax = axes_of(Image, values, unit="1", limits=(0, 256), colorbar=False, smooth=False)
    picture = pixels_of(ax.figure)
    (left, bottom), (right, top) = ax.get_window_extent().get_points().round().astype(int)
    height = picture.shape[0]
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            y = height - top + int((i + 0.5) * (top - bottom) / 2)
            x = left + int((j + 0.5) * (right - left) / 2)
            assert abs(int(picture[y, x, 0]) - value) <= 1


def test_mask_outline_has_the_length_of_its_edge():
    mask = np.zeros((8, 8), bool)
    mask[2:5, 3:7] = True  # 3 × 4 pixels: an edge of 14
    ax = axes_of(Image, np.zeros((8, 8)), unit="1", masks={"lesion": mask})
    segments = np.array(ax.collections[0].get_segments())
    length = np.abs(segments[:, 1] - segments[:, 0]).sum()
    assert length == pytest.approx(14)
    assert segments[..., 0].min() == 2.5
    assert segments[..., 0].max() == 6.5
    assert ax.get_legend().get_texts()[0].get_text() == "lesion"


def test_extent_gives_axes_in_their_own_units():
    ax = axes_of(
        Image, np.zeros((4, 6)), unit="1", extent=(0, 180, -1, 1), xlabel="angle (°)", ylabel="s"
    )
    assert ax.get_xlim() == (0, 180)
    assert ax.get_ylim() == (1, -1)
    assert ax.get_xlabel() == "angle (°)"


def test_lines_have_labels_limits_and_distinct_colours():
    ax = axes_of(
        Lines,
        [1, 10],
        {"a": [1, 2], "b": (np.array([1, 2, 3]), np.array([3, 2, 1]))},
        xlabel="energy (keV)",
        ylabel="µ (1/mm)",
        xlim=(1, 10),
        ylim=(1, 4),
        xlog=True,
        dots=["b"],
        bands={"a": ([0, 1], [2, 3])},
        marks={"edge": 5},
        spans={"window": (2, 3)},
    )
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert lines["a"].get_color() != lines["b"].get_color()
    assert lines["b"].get_linestyle() == "None"
    assert ax.get_xscale() == "log"
    assert (ax.get_xlim(), ax.get_ylim()) == ((1, 10), (1, 4))


# What is left of linear red, green and blue without one kind of cone (Viénot et al. 1999,
# doi:10.1002/(SICI)1520-6378(199908)24:4<243::AID-COL5>3.0.CO;2-3).
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deuteranopia": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


@pytest.mark.parametrize("vision", VISION)
def test_line_colours_stay_apart_for_all_eyes(vision):
    def seen(colours):
        rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
        return np.clip(rgb**2.2 @ np.transpose(VISION[vision]), 0, 1) ** (1 / 2.2)

    def nearest(colours):
        apart = np.linalg.norm(seen(colours)[:, None] - seen(colours), axis=2)
        return apart[np.triu_indices(len(colours), 1)].min()

    assert nearest(panels.COLOURS) > 0.12
    if vision == "deuteranopia":  # the measure does see what this vision confuses
        assert nearest(["#A0B000", "#D59A00"]) < 0.12


def test_bars_stand_on_zero_with_their_heights():
    ax = axes_of(Bars, ["x", "y"], {"a": [1, 2], "b": [3, 4]}, ylabel="n", errors={"a": [0.1, 0.2]})
    assert sorted(p.get_height() for p in ax.patches) == [1, 2, 3, 4]
    assert ax.get_ylim()[0] <= 0


def noise_picture():
    noise = np.random.default_rng(0).normal(size=(512, 512))
    return Picture(
        Image(noise, title="noise", unit="HU"),
        Image(noise, title="noise", unit="HU"),
        Lines([0, 1], {"a": [0, 1]}, xlabel="x", ylabel="y"),
        caption="σ = 1",
        alt='noise "here" <i>',
    )


def test_a_stored_picture_is_wide_and_the_same_to_the_last_pixel():
    picture = noise_picture()
    bundle = figures.bundle(picture)
    assert bundle == figures.bundle(noise_picture())
    image = stored(bundle["text/html"])
    assert image.width == 760
    np.testing.assert_array_equal(
        np.asarray(image.convert("RGB")), pixels_of(figures.draw(picture))
    )


def test_noise_all_over_is_stored_with_little_loss():
    noise = np.random.default_rng(0).integers(0, 256, (480, 760, 3)).astype(np.uint8)
    smooth = np.broadcast_to(np.linspace(0, 255, 760)[None, :, None], noise.shape).astype(np.uint8)
    for pixels, loss in ((noise, True), (smooth, False)):
        back = Pillow.open(io.BytesIO(stills.encode(Pillow.fromarray(pixels)))).convert("RGB")
        assert (np.asarray(back) != pixels).any() == loss
        assert back.size == (760, 480)


@pytest.mark.parametrize(("width", "left"), [(400, 180), (760, 0), (900, 0)])
def test_a_narrow_figure_stands_in_the_middle_of_the_usual_width(width, left):
    narrow = Pillow.new("RGB", (width, 20), "black")
    shown = np.asarray(stills.widened(narrow))
    assert shown.shape[1] == max(width, 760)
    (columns,) = np.nonzero((shown == 0).all((0, 2)))
    np.testing.assert_array_equal(columns, left + np.arange(width))


@pytest.mark.parametrize(
    ("panels", "places"), [(1, [(0, 0), (380, 0)]), (2, [(0, 0), (0, "half")])]
)
def test_two_pictures_stand_side_by_side_or_one_below_the_other(panels, places):
    def picture(shade):
        image = Image(np.full((8, 8), shade), unit="1", limits=(0, 1), colorbar=False)
        return Picture(*[image] * panels, caption="c", alt="a")

    pair = [picture(0.0), picture(0.9)]
    assert figures.side_by_side(pair) == (panels == 1)
    sheet = np.asarray(figures.still(pair))
    assert sheet.shape[1] == 760
    width = 380 if panels == 1 else 760
    for one, (left, top) in zip(pair, places, strict=True):
        alone = pixels_of(figures.draw(one, width))
        top = sheet.shape[0] // 2 if top == "half" else top
        part = sheet[top : top + len(alone), left : left + width]
        np.testing.assert_array_equal(part, alone)


def test_alt_text_is_escaped_html(monkeypatch):
    from IPython import display
    from matplotlib import pyplot

    shown = []
    monkeypatch.setattr(display, "display", lambda bundle, raw: shown.append(bundle))
    with pyplot.style.context("medkit.style"):
        fig, _ = pyplot.subplots()
    figures.show(fig, 'noise "here" <i>', "caption")
    assert 'alt="noise &quot;here&quot; &lt;i&gt;"' in shown[0]["text/html"]
    assert "<figcaption>caption</figcaption>" in shown[0]["text/html"]
    assert shown[0]["text/plain"] == 'noise "here" <i>'
    assert stored(shown[0]["text/html"]).size == (760, 320)
    assert pyplot.get_fignums() == []  # or Jupyter prints it a second time
    with pytest.raises(ValueError, match="alt is empty"):
        figures.show(fig, " ")


def test_nothing_is_left_to_pyplot():
    from matplotlib import pyplot

    figures.draw(noise_picture())
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("shade", [0.0, 1.0])
def test_scale_bar_is_seen_on_white_and_on_black(shade):
    image = np.full((50, 50), shade)
    drawn = [
        np.asarray(figures.pixels(figures.draw(picture)).convert("L"))
        for picture in (
            Picture(
                Image(image, limits=(0, 1), colorbar=False, spacing_mm=mm),
                caption="c",
                alt="a",
            )
            for mm in (None, 1.0)
        )
    ]
    assert (np.abs(drawn[1].astype(float) - drawn[0]) > 200).sum() > 100


@pytest.mark.parametrize(
    ("spacing_mm", "words"), [(1.0, "1 cm"), (0.2, "2 mm"), (0.002, "20 µm"), (0.04, "500 µm")]
)
def test_a_scale_bar_is_named_in_a_unit_of_its_size(spacing_mm, words):
    ax = axes_of(Image, np.zeros((50, 50)), spacing_mm=spacing_mm)
    assert [text.get_text() for text in ax.texts] == [words]


def test_words_are_printed_marked_and_explained():
    ax = axes_of(
        Words,
        ["no", "bleed", "costs $"],
        ["negation", "finding", ""],
        legend=("finding", "negation", "doubt"),
        notes=["", "absent", ""],
        title="Text",
    )
    printed = [text.get_text() for text in ax.texts]
    assert {"no", "bleed", "absent", "■ doubt"} <= set(printed)
    boxes = {
        t.get_text(): t.get_bbox_patch().get_facecolor() for t in ax.texts if t.get_bbox_patch()
    }
    assert set(boxes) == {"no", "bleed"}
    assert boxes["no"] != boxes["bleed"]
    figures.pixels(ax.figure)


def test_words_need_a_kind_each_that_the_legend_knows():
    for kinds, notes in ((["a"], ()), (["b", ""], ()), (["a", ""], ["one"])):
        with pytest.raises(ValueError, match=r"each word needs|not in"):
            Words(["x", "y"], kinds, legend=("a",), notes=notes).wire()
    wire = Words(["x", "y"], ["a", ""], legend=("a",)).wire()
    assert wire["kinds"] == [0, -1]


def test_a_wide_image_gets_a_low_figure():
    def height(shape, **settings):
        image = Image(np.zeros(shape), unit="1", **settings)
        return figures.draw(Picture(image, caption="a", alt="b")).get_size_inches()[1]

    assert height((32, 128)) < 0.6 * height((32, 32))
    assert height((32, 128), spacing_mm=(4.0, 1.0)) == height((32, 32))
    # With axes of its own an image fills its panel, whatever its pixels.
    axes = {"extent": (0, 1, 0, 1), "xlabel": "x", "ylabel": "y"}
    assert height((32, 128), **axes) == height((32, 32))


def test_a_matplotlibrc_changes_no_picture():
    values = np.arange(12.0).reshape(3, 4)
    mask = values > 8
    picture = Picture(
        Image(values, title="ramp", unit="HU", masks={"high": mask}, mask_opacity=0.5),
        Lines([0, 1, 2], {"a": [1, 10, 100]}, xlabel="x", ylabel="y", ylog=True),
        Words(["no", "bleed"], ["denied", ""], legend=("denied",)),
        caption="twelve values",
        alt="a ramp",
    )
    usual = pixels_of(figures.draw(picture))
    odd = {
        "image.origin": "lower",
        "text.usetex": True,
        "font.size": 30,
        "axes.grid": True,
        "image.cmap": "hot",
        "savefig.bbox": "tight",
        "figure.facecolor": "red",
    }
    with matplotlib.rc_context(odd):
        assert np.array_equal(pixels_of(figures.draw(picture)), usual)
        assert all(matplotlib.rcParams[name] == value for name, value in odd.items())
