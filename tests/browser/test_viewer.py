"""The viewer in a browser: exact pixels on a bare page, and the real JupyterLab."""

import base64
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from medkit.image import CURVES, Volume
from medkit.views.explorer.pixels import colour_table
from medkit.views.viewer import VolumeViewer
from medkit.views.viewer import layer as layers
from medkit.views.viewer.still import paint

CANVAS = ".mv-plane canvas"
#: A screen pixel a voxel, nothing drawn over the picture but a few words.
EXACT = {"smooth": False, "crosshair": False}


def volume(shape=(12, 64, 64), seed=0, **changes):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(-1024, 3000, shape).astype(np.int16)
    return Volume(pixels, **{"unit": "HU", "modality": "CT"} | changes)


def mount(bare_page, *arguments, **options):
    """Show a viewer, and wait until all planes are there."""
    viewer = VolumeViewer(*arguments, **options)
    view = bare_page.mount(viewer)
    view.locator(CANVAS).first.wait_for()
    settle(viewer, view)
    return viewer, view


def settle(viewer, view, since=0):
    """Wait until the page has asked for every plane (after the first `since` messages)."""
    missing = {
        (number, plane)
        for number, layer in enumerate(viewer._facts["layers"])
        for plane in range(layer["shape"][0])
    }
    if viewer._first:
        missing.discard((0, viewer._facts["first_plane"]))

    def still_missing():
        asked = [content for kind, content in view.sent[since:] if kind == "custom"]
        return missing - {(said["layer"], plane) for said in asked for plane in said["planes"]}

    view.eventually(still_missing, set())
    view.frames()


def shows(view, /, **traits):
    """Wait until the page's model has these values."""
    for name, value in traits.items():
        view.eventually(lambda n=name: view.model("get", n), value)


def at_plane(view, number):
    """Wait until the page shows this plane."""
    view.eventually(lambda: view.model("get", "voxel")[0], number)


def canvas_pixels(view, number):
    """Return what a canvas holds: (row, column, 3)."""
    url = view.locator(CANVAS).nth(number).evaluate("canvas => canvas.toDataURL('image/png')")
    with Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as picture:
        return np.asarray(picture.convert("RGB"))


def compare(view, number, truth, tolerance=0, at_most=0):
    """Wait until a canvas shows a picture, one voxel a block, except under the words."""

    def wrong():
        return _wrong(canvas_pixels(view, number), truth, tolerance)

    view.eventually(wrong, lambda share: share <= at_most)


def _wrong(got, truth, tolerance):
    """Return the share of voxels that look different, of those not under the words."""
    rows = ((np.arange(truth.shape[0]) + 0.5) * got.shape[0] / truth.shape[0]).astype(int)
    columns = ((np.arange(truth.shape[1]) + 0.5) * got.shape[1] / truth.shape[1]).astype(int)
    free = np.ones(got.shape[:2], bool)
    height, width = free.shape
    free[:24, :150] = free[:24, width // 2 - 12 : width // 2 + 12] = False
    free[-34:, :120] = free[-24:, width // 2 - 12 : width // 2 + 12] = False
    free[height // 2 - 12 : height // 2 + 12, :24] = False
    free[height // 2 - 12 : height // 2 + 12, -24:] = False
    free = free[np.ix_(rows, columns)]
    assert free.mean() > 0.6
    off = np.abs(got[np.ix_(rows, columns)].astype(int) - truth).max(axis=-1)[free]
    return (off > tolerance).mean()


def grey(values, level, window):
    shown = np.floor(np.clip((values.astype(float) - level) / window + 0.5, 0, 1) * 255 + 0.5)
    return np.repeat(shown[..., None], 3, axis=-1)


# -- pixels -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int16", "uint16", "uint8", "float32"])
def test_window_in_the_browser_equals_numpy(bare_page, dtype):
    pixels = np.random.default_rng(7).integers(0, 250, (12, 64, 64)).astype(dtype)
    pixels = pixels * np.float32(1.7) if dtype == "float32" else pixels
    viewer, view = mount(bare_page, pixels, view="first", window=(100, 130), **EXACT)
    compare(view, 0, grey(pixels[6], 100, 130))
    viewer.level, viewer.window = 90.0, 31.0
    viewer.voxel = (2, *viewer.voxel[1:])
    view.sync()
    compare(view, 0, grey(pixels[2], 90, 31))


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_every_function_of_dicom_in_the_browser_equals_numpy(bare_page, dtype, curve):
    pixels = np.random.default_rng(7).integers(0, 250, (12, 64, 64)).astype(dtype)
    shown = Volume(pixels, modality="MR", curve=curve)
    viewer, view = mount(bare_page, shown, view="axial", window=(100, 130), **EXACT)
    for level, window in ((100, 130), (120, 1), (120, 0.5)):
        viewer.level, viewer.window = float(level), float(window)
        view.sync()
        settle(viewer, view)
        index = layers.window_index(pixels[6], level, window, curve)
        compare(view, 0, np.repeat(index[..., None], 3, axis=-1))


def test_three_planes_show_the_right_voxels_on_the_right_side(bare_page):
    ras = np.array([[0, 0, 1], [0, -1, 0], [-1, 0, 0]])
    for axes in (ras, ras[[2, 0, 1]]):
        data = volume((40, 48, 56), spacing_mm=(2, 2, 2), axes=axes)
        viewer, view = mount(
            bare_page, data, voxel=(7, 30, 11), view="all", window=(500, 3000), **EXACT
        )
        for number, facts in enumerate(viewer.views):
            compare(view, number, paint(viewer, facts))
        bare_page.page.evaluate("document.getElementById('medkit-root').remove()")


def test_missing_values_and_infinities(bare_page):
    pixels = np.random.default_rng(8).normal(size=(1, 64, 64))
    pixels[0, 20:30] = np.nan
    pixels[0, 30:33], pixels[0, 33:36] = np.inf, -np.inf
    _, view = mount(bare_page, pixels, window=(0, 4), **EXACT)
    truth = grey(np.nan_to_num(pixels[0]), 0, 4)
    truth[20:30] = [0x3A, 0x2A, 0x4B]
    compare(view, 0, truth)


def test_large_floats_sent_as_integers_look_the_same(bare_page, monkeypatch):
    monkeypatch.setattr(layers, "LARGEST_FLOAT", 100)
    pixels = np.random.default_rng(9).normal(size=(3, 64, 64)) * 40
    pixels[1, 30, 40:50] = np.nan
    _, view = mount(bare_page, pixels, window=(0, 100), **EXACT)
    truth = grey(np.nan_to_num(pixels[1]), 0, 100)
    truth[30, 40:50] = [0x3A, 0x2A, 0x4B]
    compare(view, 0, truth, tolerance=1)


def test_colour_volumes_keep_their_colours(bare_page):
    colour = np.random.default_rng(10).integers(0, 256, (4, 64, 64, 3)).astype(np.uint8)
    _, view = mount(bare_page, Volume(colour, modality="US"), **EXACT)
    compare(view, 0, colour[2])
    view.eventually(view.locator("select[aria-label='Window preset']").count, 0)
    readout = view.locator(".mv-readout")
    view.eventually(readout.inner_text, lambda text: text.startswith("red "))


def test_colour_maps(bare_page):
    pixels = np.random.default_rng(11).integers(0, 256, (1, 64, 64)).astype(np.uint8)
    viewer, view = mount(bare_page, pixels, colormap="viridis", **EXACT)
    compare(view, 0, paint(viewer, viewer.views[0]))


def test_overlay_volume_lies_where_its_geometry_says(bare_page):
    from scipy.ndimage import affine_transform

    base = volume((10, 64, 64), spacing_mm=(3, 1, 1), origin_mm=(5, 6, 7), window=(0, 1000))
    rng = np.random.default_rng(12)
    pet = Volume(
        rng.random((8, 14, 14)).astype(np.float32) * 10,
        spacing_mm=(4.1, 3.5, 3.7),
        origin_mm=(3, 4, 5),
        unit="SUV",
        modality="PT",
    )
    viewer, view = mount(bare_page, base, overlay=pet, view="axial", opacity=0.6, **EXACT)
    to_pet = np.linalg.inv(pet.affine) @ base.affine
    padded = np.pad(pet.pixels, 1, mode="edge")
    values = affine_transform(
        padded, to_pet[:3, :3], to_pet[:3, 3] + 1, output_shape=base.shape, order=1
    )
    at = (
        np.einsum("ij,jprc->iprc", to_pet[:3, :3], np.indices(base.shape))
        + to_pet[:3, 3, None, None, None]
    )
    ends = np.array(pet.shape)[:, None, None, None] - 0.5
    inside = ((at > -0.5) & (at < ends)).all(axis=0)[5]
    index = layers.window_index(values[5], 5, 10)
    alpha = 0.6 * np.minimum(1, index / 64) * inside
    paints = colour_table("inferno")[index]
    under = grey(base.pixels[5], 0, 1000)
    truth = under + (paints - under) * alpha[..., None]
    # A value on a step between two of the 256 colours may fall on either side of it.
    compare(view, 0, np.round(truth), tolerance=3, at_most=0.002)
    assert 0.3 < inside.mean() < 1
    # Opacity 0 is the volume alone.
    viewer.opacity = 0
    view.sync()
    compare(view, 0, under)


def test_mask_is_filled_and_outlined(bare_page):
    base = volume((9, 64, 64), window=(0, 1000))
    mask = np.zeros(base.shape, np.uint8)
    mask[:, 20:30, 20:40], mask[:, 40:50, 20:40] = 1, 2
    _, view = mount(bare_page, base, overlay=mask, view="axial", opacity=0.3, **EXACT)
    truth = grey(base.pixels[4], 0, 1000)
    for rows, colour in ((20, [0xE6, 0x9F, 0x00]), (40, [0x56, 0xB4, 0xE9])):
        for grow, alpha in ((0, 0.6), (1, 0.3)):
            part = np.s_[rows + grow : rows + 10 - grow, 20 + grow : 40 - grow]
            under = grey(base.pixels[4], 0, 1000)[part]
            truth[part] = under + (np.array(colour) - under) * alpha
    compare(view, 0, np.floor(truth + 0.5), tolerance=1)


def test_first_picture_needs_no_answer_from_python(bare_page):
    data = volume((12, 64, 64))
    viewer = VolumeViewer(data, view="axial", **EXACT)
    state = {k: v for k, v in viewer.get_state().items() if k != "layout"}
    view = bare_page.mount(javascript=viewer._esm, css=str(viewer._css), state=state)
    compare(view, 0, grey(data.pixels[6], 40, 400))
    # Elsewhere there is a coarse picture: voxels from the preview, not black.
    view.locator(CANVAS).first.focus()
    view.page.keyboard.press("End")
    pick = ((np.arange(40) + 0.5) * 64 / 40).astype(int)
    expected = grey(data.pixels[11], 40, 400)[np.ix_(pick, pick)][..., 0]

    def is_coarse(got):
        return abs(got.mean() - expected.mean()) < 15 and got.std() > 50

    at_plane(view, 11)
    view.frames()
    view.eventually(lambda: canvas_pixels(view, 0)[64:-64, 64:-64, 0], is_coarse)


# -- moving -------------------------------------------------------------------------------


def test_keys_move_the_planes_and_tell_python(bare_page):
    viewer, view = mount(bare_page, volume((30, 64, 64)))
    view.locator(CANVAS).first.focus()
    for key, plane in [
        ("ArrowUp", 16),
        ("ArrowRight", 17),
        ("ArrowDown", 16),
        ("ArrowLeft", 15),
        ("PageUp", 25),
        ("PageUp", 29),
        ("PageDown", 19),
        ("Home", 0),
        ("ArrowDown", 0),
        ("End", 29),
    ]:
        view.page.keyboard.press(key)
        at_plane(view, plane)
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowDown"):
        view.page.keyboard.press(key)
    shows(view, voxel=[29, 34, 33])
    view.page.keyboard.press("2")
    shows(view, level=-600, window=1500)
    view.eventually(lambda: viewer.voxel, (29, 34, 33))
    view.eventually(lambda: (viewer.level, viewer.window), (-600, 1500))
    view.page.keyboard.press("0")
    view.eventually(lambda: viewer.voxel, (15, 32, 32))
    view.eventually(lambda: (viewer.level, viewer.window), (40, 400))


def test_mouse_wheel_drag_and_readout(bare_page):
    data = volume((40, 64, 64), spacing_mm=(1, 1, 1), origin_mm=(-30, -20, -10))
    _, view = mount(bare_page, data)
    page = view.page
    box = view.locator(CANVAS).first.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    at_plane(view, 22)
    page.mouse.wheel(0, 100)
    at_plane(view, 21)
    # The cursor reads value and place; the left button takes the crosshair along.
    step = box["width"] / 64
    page.mouse.move(box["x"] + 10.5 * step, box["y"] + 50.5 * step)
    readout = view.locator(".mv-readout").inner_text
    text = view.eventually(readout, lambda text: "voxel (21, 50, 10)" in text)
    assert f"{data.pixels[21, 50, 10]} HU".replace("-", "−") in text
    assert "R 20.0  P 30.0  H 11.0 mm" in text
    page.mouse.down()
    page.mouse.move(box["x"] + 30.5 * step, box["y"] + 20.5 * step)
    page.mouse.up()
    shows(view, voxel=[21, 20, 30])
    # The right button, or Shift, changes width sideways and level up and down.
    page.mouse.down(button="right")
    page.mouse.move(box["x"] + 30.5 * step + 100, box["y"] + 20.5 * step + 50)
    page.mouse.up(button="right")
    shows(
        view,
        window=pytest.approx(400 * 2**0.5, rel=1e-3),
        level=pytest.approx(40 + 50 * 400 / box["height"], rel=0.02),
    )
    view.locator("select[aria-label='What dragging does']").select_option("slice")
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] - 40)
    page.mouse.up()
    at_plane(view, 31)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.float32(59.078), "59.1 HU"),
        (np.float32(-0.01234), "−0.0123 HU"),
        (np.int16(-1024), "−1024 HU"),
        (np.int32(1234567), "1234567 HU"),
    ],
)
def test_readout_gives_three_digits_and_whole_numbers_exactly(bare_page, value, said):
    pixels = np.full((1, 32, 32), value)
    _, view = mount(bare_page, Volume(pixels, unit="HU", modality="CT"))
    view.locator(CANVAS).first.hover()
    readout = view.locator(".mv-readout").inner_text
    view.eventually(readout, lambda text: text.startswith(said + " "))


def test_fields_buttons_and_sliders(bare_page):
    viewer, view = mount(bare_page, volume((30, 64, 64)))
    level = view.locator("input[aria-label='Level']")
    level.fill("-55")
    level.press("Enter")
    level.press("ArrowUp")
    shows(view, level=-45)
    view.locator("input[aria-label='Window']").fill("-3")
    view.locator("input[aria-label='Window']").press("Enter")
    view.eventually(lambda: 0 < view.model("get", "window") < 1)
    view.locator("select[aria-label='Window preset']").select_option("2")
    shows(view, level=400, window=1800)
    view.page.get_by_role("button", name="Coronal").click()
    shows(view, view="coronal")
    view.eventually(view.locator(f"{CANVAS}:visible").count, 1)
    view.locator("input[aria-label='Coronal plane number']").fill("3")
    view.eventually(lambda: viewer.view, "coronal")
    view.eventually(lambda: viewer.voxel, (15, 3, 32))
    view.page.get_by_role("button", name="Reset").click()
    shows(view, level=40)


def test_what_is_half_typed_stays_when_a_plane_arrives(bare_page):
    viewer, view = mount(bare_page, volume((30, 64, 64)))
    level = view.locator("input[aria-label='Level']")
    level.fill("-5")
    viewer.voxel = (3, 3, 3)  # redraws the page, as a plane does that was asked for
    view.sync()
    view.eventually(lambda: view.model("get", "voxel")[0], 3)
    view.frames()
    assert level.input_value() == "-5"
    level.press("Enter")
    shows(view, level=-5)
    viewer.level = 77.0  # typing has ended: the field shows what the kernel says
    view.sync()
    view.eventually(level.input_value, "77")


def test_film_plays_and_stops(bare_page):
    viewer, view = mount(bare_page, volume((5, 64, 64)), view="axial", fps=20)
    note = """window.medkitSeen = new Set();
      window.medkitModel.on('change:voxel',
        model => window.medkitSeen.add(model.get('voxel')[0]))"""
    view.page.evaluate(note)

    def seen():
        return set(view.page.evaluate("[...window.medkitSeen]"))

    view.page.get_by_role("button", name="Play").click()
    view.eventually(seen, {0, 1, 2, 3, 4})
    view.page.get_by_role("button", name="Pause").click()
    shows(view, playing=False)
    view.page.evaluate("window.medkitSeen.clear()")
    view.frames(20)  # at 20 planes a second the film would be at another plane
    assert seen() == set()
    viewer.playing = True
    view.sync()
    view.eventually(lambda: len(seen()) > 2)


# -- looks and manners --------------------------------------------------------------------


def test_physical_proportions(bare_page):
    data = volume((20, 64, 32), spacing_mm=(5, 1, 1.5))
    _, view = mount(bare_page, data)
    sizes = [view.locator(CANVAS).nth(k).bounding_box() for k in range(3)]
    mm = [(48, 64), (48, 100), (64, 100)]
    scales = [s["width"] / w for s, (w, _) in zip(sizes, mm, strict=True)]
    scales += [s["height"] / h for s, (_, h) in zip(sizes, mm, strict=True)]
    assert np.ptp(scales) < 0.02 * scales[0]


def test_sharp_on_a_fine_screen(bare_page, browser):
    context = browser.new_context(device_scale_factor=2)
    view = type(bare_page)(context.new_page()).mount(VolumeViewer(volume()))
    canvas = view.locator(CANVAS).first
    view.eventually(lambda: canvas.evaluate("c => c.width / c.clientWidth"), 2)
    context.close()


def test_every_control_has_a_name_and_works_by_keyboard(bare_page):
    data = volume((30, 64, 64))
    pet = data.with_pixels(data.pixels.astype(np.float32) + 0.5, modality="PT", unit="SUV")
    _, view = mount(bare_page, data, overlay=pet)
    nameless = view.page.evaluate("""() =>
      [...document.querySelectorAll('button, input, select, canvas, summary')].filter(e =>
        ![e.ariaLabel, e.textContent, e.labels?.[0]?.textContent].some(text => text?.trim()))
      .map(e => e.outerHTML)""")
    assert nameless == []
    canvas = view.locator(CANVAS).first
    assert canvas.get_attribute("role") == "slider"
    assert canvas.get_attribute("aria-label") == "Axial plane"
    said = "plane 15 of 0 to 29, level 40 HU, window 400 HU; crosshair: "
    view.eventually(lambda: said in (canvas.get_attribute("aria-valuetext") or ""))
    reached = set()
    for _ in range(30):
        view.page.keyboard.press("Tab")
        reached.add(view.page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert {"Axial plane", "Coronal plane", "Sagittal plane", "Overlay opacity"} <= reached
    outline = "e => { e.focus(); return getComputedStyle(e).outlineStyle; }"
    view.page.keyboard.press("Shift+Tab")
    view.eventually(lambda: canvas.evaluate(outline), "solid")


def test_text_from_files_is_only_text(bare_page):
    evil = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
    data = volume((9, 64, 64), unit=evil, modality=evil, notes=(evil,))
    mask = (data.pixels > 0).astype(np.uint8)
    _, view = mount(bare_page, data, overlay=mask, labels={1: evil})
    view.eventually(lambda: evil in view.locator(".mv-note").inner_text())
    view.frames()
    assert view.page.evaluate("window.hacked") is None
    assert view.locator("img, script").count() == 0


def test_two_views_of_one_viewer_move_together_and_close_cleanly(bare_page):
    viewer, view = mount(bare_page, volume((12, 64, 64)), view="axial", **EXACT)
    view.render_again()
    both = view.page.locator(CANVAS + ":visible")
    view.eventually(both.count, 2)
    both.nth(1).focus()
    view.page.keyboard.press("ArrowUp")
    at_plane(view, 7)

    def pictures():
        return {both.nth(k).evaluate("c => c.toDataURL()") for k in (0, 1)}

    view.frames()
    view.eventually(pictures, lambda found: len(found) == 1)
    view.close()
    view.page.keyboard.press("ArrowUp")
    at_plane(view, 8)
    view.close()
    view.frames()
    asked = len(view.sent)
    viewer.level = 77
    view.sync()
    shows(view, level=77)
    view.frames()
    assert len(view.sent) == asked, "a closed viewer asks for nothing"
    # Nothing listens any more, and showing it again fetches what is needed.
    listeners = "window.medkitModel.handlers.filter(([name]) => name === 'change').length"
    view.eventually(lambda: view.page.evaluate(listeners), 0)
    view.render_again()
    settle(viewer, view, since=asked)
    view.page.evaluate("document.querySelector('.medkit-viewer canvas').focus()")


# -- real images --------------------------------------------------------------------------


def from_nifti(path, **facts) -> Volume:
    """Read a NIfTI file: x, y, z to the right, front and head become plane, row, column."""
    import nibabel

    image = nibabel.load(path)
    matrix = np.diag([-1, -1, 1, 1]) @ image.affine
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)
    return Volume(
        np.asanyarray(image.dataobj).transpose(2, 1, 0),
        spacing_mm=tuple(spacing[::-1]),
        axes=(matrix[:3, :3] / spacing).T[::-1],
        origin_mm=tuple(matrix[:3, 3]),
        **facts,
    )


def test_brain_template(bare_page, screenshot):
    from nilearn.datasets import MNI152_FILE_PATH

    brain = from_nifti(MNI152_FILE_PATH, modality="MR")
    _, view = mount(bare_page, brain)

    # The template looks to the left on a sagittal plane: its cerebellum is behind and below.
    def behind_and_below(picture):
        grey = picture[..., 0].astype(float)
        height, width = grey.shape
        front = grey[height * 7 // 10 : height * 8 // 10, width // 5 : width * 2 // 5].mean()
        back = grey[height * 7 // 10 : height * 8 // 10, width * 3 // 5 : width * 4 // 5].mean()
        return back > front + 30

    view.eventually(lambda: canvas_pixels(view, 2), behind_and_below)
    screenshot("viewer_brain", view.page)


def test_ct_with_organs(bare_page, screenshot, test_data):
    folder = test_data / "ct" / "totalsegmentator"
    ct = from_nifti(folder / "example_ct_sm.nii.gz", modality="CT", unit="HU")
    organs = from_nifti(folder / "example_seg.nii.gz").pixels.astype(np.uint8)
    viewer, view = mount(bare_page, ct, overlay=organs, opacity=0.35)
    screenshot("viewer_ct", view.page)
    assert [v["sides"][:2] for v in viewer.views] == [["R", "L"], ["R", "L"], ["A", "P"]]

    def yellow(picture):
        red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
        return (red - blue > 50) & (green - blue > 50)

    def on_the_left(picture):
        columns = np.nonzero(yellow(picture))[1]
        return columns.size > 0 and columns.mean() < picture.shape[1] / 2

    # The liver (label 5, yellow: blue is low) is on the patient's right, the screen's left.
    view.eventually(lambda: canvas_pixels(view, 0), on_the_left)
    viewer.opacity = 0
    view.sync()
    view.eventually(lambda: yellow(canvas_pixels(view, 0)[40:-40, 40:-40]).any(), False)
    # Bone is brightest, and most of it is the spine at the back.
    bone = canvas_pixels(view, 0)[40:-40, 40:-40, 0] > 200
    assert np.nonzero(bone)[0].mean() > bone.shape[0] / 2


def test_pet_on_ct(bare_page, screenshot, test_data):
    folder = test_data / "petct" / "ibsi_sts" / "nifti" / "STS_025"
    ct = from_nifti(folder / "CT_image.nii.gz", modality="CT", unit="HU")
    pet = from_nifti(folder / "PET_image.nii.gz", modality="PT", unit="SUV")
    tumour = from_nifti(folder / "PET_mask.nii.gz").pixels > 0
    hottest = np.array(np.unravel_index(np.argmax(pet.pixels * tumour), pet.shape))
    at = np.linalg.inv(ct.affine) @ pet.affine @ [*hottest, 1]
    voxel = tuple(int(v) for v in np.rint(at[:3]))
    viewer, view = mount(
        bare_page,
        ct,
        overlay=pet,
        voxel=voxel,
        overlay_colormap="hot",
        crosshair=False,
        overlay_window=8.0,
        overlay_level=4.0,
        opacity=0.7,
    )
    screenshot("viewer_petct", view.page)
    said = f"PT {pet.pixels[tuple(hottest)]:.4g}"[:6]
    view.eventually(lambda: said in view.locator(".mv-readout").inner_text())
    row, column = voxel[1] / ct.shape[1], voxel[2] / ct.shape[2]
    flips = viewer.views[0]["flips"]
    row, column = (1 - row if flips[1] else row), (1 - column if flips[0] else column)

    # The picture is coloured where the tumour takes up the tracer, and grey far from it.
    def hot_at_the_tumour(picture):
        red = picture[..., 0].astype(int) - picture[..., 2]
        y, x = int(row * red.shape[0]), int(column * red.shape[1])
        return red[y - 4 : y + 4, x - 4 : x + 4].mean() > 60 and np.median(red) == 0

    view.eventually(lambda: canvas_pixels(view, 0), hot_at_the_tumour)


# -- real JupyterLab ----------------------------------------------------------------------

SETUP = """
import os
from pathlib import Path
os.environ["MEDKIT_STILLS"] = "1"  # as where a notebook is stored
import numpy as np
from pydicom import examples
from medkit.image import CURVES, Volume
from medkit.views.viewer import VolumeViewer
ct = examples.ct
plane = ct.pixel_array * float(ct.RescaleSlope) + float(ct.RescaleIntercept)
plane = plane.astype(np.int16)
pixels = np.stack([np.roll(plane, 3 * k, axis=1) for k in range(40)])
volume = Volume(pixels, spacing_mm=(1.5, 0.66, 0.66), unit="HU", modality="CT")
viewer = VolumeViewer(volume)
"""


def test_real_jupyterlab(lab, patience, latencies, pixels, wait_for_change, screenshot):
    cells = [
        SETUP,
        "viewer",
        "Path('busy').touch()\nwhile Path('busy').exists(): sum(range(1000))",
        "viewer.voxel",
        "viewer.voxel = (3, *viewer.voxel[1:]); viewer.view = 'axial'",
    ]
    with lab.write(cells, "viewer.ipynb") as notebook:
        notebook.run(0)
        notebook.run(1)
        output = notebook.output(1)
        canvas = output.locator(CANVAS).first
        canvas.wait_for()
        screenshot("viewer_lab", lab.page)
        # A click gives the picture the keys, and the notebook does not take them.
        canvas.click(position={"x": 100, "y": 100})
        for key in ("ArrowUp", "ArrowUp", "3"):
            before = pixels(canvas)
            lab.page.keyboard.press(key)
            wait_for_change(canvas, before)
        times = latencies(canvas, ["ArrowUp", "1", "2", "ArrowDown"] * 3)
        assert np.median(times) < 20 * patience, times
        # Busy kernel: the same. It ends when the test has seen it.
        notebook.run(2, wait=False)
        lab.eventually(lambda: (lab.folder / "busy").exists())
        canvas.focus()
        busy = latencies(canvas, ["ArrowUp"] * 8)
        assert np.median(busy) < 20 * patience, busy
        (lab.folder / "busy").unlink()
        notebook.wait()

        def voxel():
            notebook.run(3)
            return notebook.output(3).inner_text()

        lab.eventually(voxel, lambda text: f"({20 + 2 + 8}, " in text)
        before = pixels(output)
        notebook.run(4)
        wait_for_change(notebook.output(1), before)
        lab.eventually(notebook.output(1).locator(f"{CANVAS}:visible").count, 1)
        stored = notebook.save()["cells"][1]["outputs"][0]["data"]
        assert 'alt="' in "".join(stored["text/html"])
        assert 1000 < len("".join(stored["text/html"])) < 200_000
        assert "image/png" not in stored
    assert lab.errors == []
    export(lab)


def export(lab):
    """Without a kernel, and without a network, an exported page still shows the picture."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "viewer.ipynb"]
    subprocess.run(command, cwd=lab.folder, check=True, capture_output=True)
    page = lab.context.new_page()
    page.route("http*://**", lambda route: route.abort())
    page.goto((lab.folder / "viewer.html").as_uri())
    wide = "() => [...document.images].map(i => i.complete && i.naturalWidth)"
    lab.eventually(lambda: any(width > 200 for width in page.evaluate(wide)))
    page.close()
    # The exported page asks for its own scripts (require.js, MathJax), which is not our doing.
    lab.outside.clear()
