"""What moves without a kernel: packing loses nothing that is seen, and no picture lies."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from medkit.image import Volume
from medkit.site import frozen
from medkit.site.frozen import cells, frames, packing, viewers
from medkit.views.explorer import (
    Brush,
    Button,
    Choice,
    Image,
    Lines,
    Picture,
    Point,
    Slider,
    Text,
    Toggle,
    explorer,
)
from medkit.views.explorer.pixels import pack, unpack
from medkit.views.viewer import VolumeViewer

ROOT = Path(__file__).parents[2]
NOISE = np.random.default_rng(0).normal(size=(64, 64))


@explorer(
    title="Everything",
    level=Slider(0.0, 10.0, 3.0, label="Level"),
    dose=Slider(1.0, 100.0, 10.0, log=True, label="Dose"),
    kind=Choice({"one": 1, "two": 2}, label="Kind"),
    flipped=Toggle(False),
    again=Button("Again"),
    place=Point(30, 20, xlim=(0, 63), ylim=(0, 63), label="Place"),
)
def everything(*, level, dose, kind, flipped, again, place):
    """Show a noisy picture and a curve."""
    image = 40 * level + NOISE * 100 / np.sqrt(dose) + 9 * kind + again
    image[int(place[1]), int(place[0])] = np.nan
    image = image[::-1] if flipped else image
    return Picture(
        Image(image, "noisy", values=("HU", 0, 400)),
        Lines(np.arange(64), {"row": image[5]}, xaxis=("x (mm)", 0, 64), yaxis=("HU", 0, 400)),
        caption=f"{level} {dose} {kind} {flipped} {again} {place}",
        alt="A picture.",
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The axes of `everything`, and its two files as a page reads them."""
    folder = tmp_path_factory.mktemp("frozen")
    widget = everything(level=4.0)
    axes = frames.Freezer(widget).freeze("it", folder)
    return widget, axes, *packing.read(folder / "it.js"), folder


def colours(panel):
    """Return the shade of each pixel as picture.js works it out; 256 where there is none."""
    kind = np.uint16 if panel["bits"] == 16 else np.uint8
    codes, (low, high) = np.frombuffer(panel["pixels"], kind), panel["limits"]
    values = panel["offset"] + panel["step"] * codes.astype(float)
    shade = np.clip(np.floor((values - low) * (256 / (high - low)) + 0.004), 0, 255)
    return values, np.where((codes == 65535) & panel["missing"], 256, shade)


def rebuilt(head, buffers, place):
    """Return the picture of a combination, put together as page.js does."""
    frame = head["frames"][",".join(map(str, place))]
    parts = iter(buffers[n] for n in frame["buffers"])
    return json.loads(frame["text"], object_hook=lambda d: next(parts) if "$" in d else d)


def test_a_packed_picture_looks_like_the_kernels(made):
    widget, axes, head, buffers, _ = made
    assert len(head["frames"]) > 80
    for key in head["frames"]:
        place = [int(k) for k in key.split(",")]
        widget.change(**{a.name: a.wire(k) for a, k in zip(axes, place, strict=True)})
        wanted = unpack(pack(widget.picture.wire()))
        found = rebuilt(head, buffers, place)
        one, other = wanted["panels"][0], found["panels"][0]
        (values, shade), (near, seen) = colours(one), colours(other)
        np.testing.assert_array_equal(seen, shade)
        off = np.abs(values - near)[shade < 256] / (400 / 256)
        inside = ((values >= 0) & (values < 399.9))[shade < 256]
        assert off[inside].max() <= 0.51
        assert off.max() <= 8.51
        coded = {"pixels", "offset", "step", "bits"}
        assert {k: v for k, v in one.items() if k not in coded} == {
            k: v for k, v in other.items() if k not in coded
        }
        wanted["panels"][0] = found["panels"][0] = None
        assert found == wanted  # the curve, to the last bit, and all words


def test_pictures_of_whole_bytes_have_the_kernels_fingerprint(tmp_path):
    @explorer(value=Slider(0, 9, 3))
    def echo(*, value):
        pixels = (np.arange(9216).reshape(96, 96) // 7 + value).astype(np.uint8)
        return Picture(Image(pixels, values=("1", 0, 255)), caption=f"{value}", alt="grey")

    frames.Freezer(echo()).freeze("echo", tmp_path)
    head, buffers = packing.read(tmp_path / "echo.js")
    for value in range(10):
        parts = rebuilt(head, buffers, [value])
        seen = {k: memoryview(v) if k == "pixels" else v for k, v in parts["panels"][0].items()}
        packed = pack(parts | {"panels": [seen]})
        assert packed == pack(echo.picture(value=value).wire())


@pytest.mark.parametrize("width", [1, 2, 8])
def test_buffers_come_back_as_they_were(tmp_path, width):
    random, packer = np.random.default_rng(1), packing.Packer()
    kind = {1: np.uint8, 2: np.uint16, 8: np.float64}[width]
    first = (100 * random.random((70, 90))).astype(kind)
    rows = [first, first + kind(3), np.roll(first, 5, 1), first[::-1], np.full_like(first, 7)]
    numbers = [packer.buffer(a.tobytes(), width, (1, 90), k - 1) for k, a in enumerate(rows)]
    short = packer.buffer(first[0].tobytes(), width)
    assert packer.buffer(first.tobytes(), width) == numbers[0]  # kept once
    packer.write(tmp_path / "a/b.js", {"say": "ü"}, [*numbers, short])
    head, buffers = packing.read(tmp_path / "a/b.js")
    assert head["say"] == "ü"
    for number, array in zip([*numbers, short], [*rows, first[0]], strict=True):
        assert buffers[number] == array.tobytes()


def test_each_control_has_its_ends_its_start_and_round_places(made):
    _, axes, *_ = made
    level, dose, kind, flipped, again, place = axes
    assert level.values[level.start] == 4.0
    assert (level.values[0], level.values[-1]) == (0.0, 10.0)
    assert (dose.values[0], dose.values[-1]) == (1.0, 100.0)
    gaps = np.diff(np.log(dose.values))
    assert gaps.max() < 4 * gaps.min()
    assert kind.values == [1, 2]
    assert flipped.values == [False, True]
    assert again.values == [0, 1, 2]
    assert (30, 20) in place.values
    assert len(place.values) <= frames.PLACES
    for axis in axes:
        assert axis.start in axis.coarse


def test_what_was_declared_to_matter_is_in_the_grid():
    free = frames.Freezer(everything(), ("kind", "dose"))
    coarse = [len(axis.coarse) > 1 for axis in free._plan(200)]
    assert coarse[1]
    assert coarse[2]


SNAP = """
const source = require("fs").readFileSync(process.argv[2], "utf8");
const {snap, offers} = new Function(source.slice(source.indexOf("const same"),
  source.indexOf("/** The bytes that the kernel")) + "return {snap, offers};")();
const [axes, moves] = JSON.parse(require("fs").readFileSync(0, "utf8"));
let shown = axes.map(a => a.start);
const seen = moves.map(([name, k]) => {
  const params = Object.fromEntries(axes.map((a, j) => [a.name, a.values[shown[j]]]));
  const axis = axes.find(a => a.name === name), list = offers(axes, shown)[name];
  params[name] = axis.presses ? params[name] + 1 : list[k % list.length];
  const before = shown;
  shown = snap(axes, params, shown);
  const asked = axis.values.map(String).indexOf(String(params[name]));
  return [shown, axes.indexOf(axis), before, asked];
});
console.log(JSON.stringify(seen));
"""


def test_whatever_is_moved_there_is_a_picture_of_it(made, tmp_path):
    _, axes, head, *_ = made
    random = np.random.default_rng(2)
    names = [axis.name for axis in axes]
    moves = [[names[random.integers(6)], int(random.integers(1000))] for _ in range(3000)]
    (tmp_path / "snap.js").write_text(SNAP)
    told = json.dumps([[axis.as_json() for axis in axes], moves], default=list)
    script = Path(frozen.__file__).with_name("page.js")
    command = ["node", tmp_path / "snap.js", script]
    if not shutil.which("node"):
        pytest.skip("no node")
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=True)
    for shown, moved, before, asked in json.loads(done.stdout):
        assert ",".join(map(str, shown)) in head["frames"]
        # What is moved goes where it was told, and never stays where it was.
        assert shown[moved] == asked or axes[moved].name == "again"
        if before == [axis.start for axis in axes]:
            assert [k for j, k in enumerate(shown) if j != moved] == [
                k for j, k in enumerate(before) if j != moved
            ]


def test_files_stay_small_whatever_is_drawn(tmp_path):
    random = np.random.default_rng(3)

    @explorer(a=Slider(0, 200, 50), b=Slider(0, 200, 50), c=Slider(0, 200, 50), seed=Button("New"))
    def noise(*, a, b, c, seed):
        image = random.normal(a + b + c + seed, 30, size=(256, 256))
        return Picture(Image(image, values=("1", 0, 300)), caption=f"{a} {b} {c}", alt="noise")

    axes = frames.Freezer(noise()).freeze("noise", tmp_path)
    assert (tmp_path / "noise.js").stat().st_size < 3e6
    assert (tmp_path / "noise.start.js").stat().st_size < 2e5
    assert all(len(axis.values) >= 3 for axis in axes)
    assert "of 201 values of “A”" in frames.note(axes, "11_ct")


def test_what_cannot_be_foreseen_shows_examples(tmp_path):
    strokes = {"a line": [(2, 2), (9, 2)]}

    @explorer(
        words=Text("no bleed", suggestions=["a bleed"], label="Words"),
        painted=Brush((16, 16), radius=1, label="Paint", strokes=strokes),
    )
    def draw(*, words, painted):
        return Picture(Image(painted), caption=f"{words}: {painted.sum()}", alt="a mask")

    axes = frames.Freezer(draw()).freeze("draw", tmp_path)
    head, buffers = packing.read(tmp_path / "draw.js")
    words, paint = head["spec"]["controls"]
    assert (words["kind"], words["options"]) == ("choice", ["no bleed", "a bleed"])
    assert (paint["kind"], paint["options"]) == ("choice", ["nothing", "a line"])
    line = rebuilt(head, buffers, [0, 1])
    mask = np.frombuffer(line["panels"][0]["pixels"], np.uint8).reshape(16, 16)
    assert mask[2, 2:10].all()
    assert mask[8:].sum() == 0
    assert "2 examples of “Words”" in frames.note(axes, "12_mri")


def test_an_error_is_told_as_by_the_kernel(tmp_path):
    @explorer(current=Slider(1, 5, 2))
    def hot(*, current):
        if current == 5:
            raise ValueError("the tube is too hot")
        return Picture(Image(np.full((4, 4), current)), caption=f"{current}", alt="grey")

    frames.Freezer(hot()).freeze("hot", tmp_path)
    head, _ = packing.read(tmp_path / "hot.js")
    assert "the tube is too hot" in head["frames"]["4"]["error"]
    assert "2" in rebuilt(*packing.read(tmp_path / "hot.js"), [4])["caption"]


def test_a_volume_comes_whole_and_a_large_one_coarser(tmp_path, monkeypatch):
    random = np.random.default_rng(4)
    pixels = random.normal(0, 300, size=(3, 64, 64)).astype(np.float32)
    viewer = VolumeViewer(Volume(pixels, unit="HU", modality="CT"), voxel=(1, 40, 20))
    assert viewers.freeze(viewer, "v", tmp_path) == "values to 1 HU"
    head, buffers = packing.read(tmp_path / "v.js")
    planes = [np.frombuffer(buffers[n], np.int16).reshape(64, 64) for n in head["planes"][0]]
    np.testing.assert_array_equal(planes, np.rint(pixels))
    state = packing.read(tmp_path / "v.start.js")[0]["state"]
    assert (state["voxel"], state["level"]) == ([1, 40, 20], viewer.level)
    monkeypatch.setattr(viewers, "BYTES", 20_000)
    assert "every other pixel" in viewers.freeze(viewer, "v", tmp_path)
    state = packing.read(tmp_path / "v.start.js")[0]["state"]
    assert state["_facts"]["layers"][0]["shape"] == [3, 32, 32]
    assert state["voxel"] == [1, 20, 10]


def cell(source, html="<p>stored</p>", **metadata):
    data = {"application/vnd.jupyter.widget-view+json": {}, "text/html": html}
    return new_code_cell(
        source,
        outputs=[new_output("display_data", data)],
        metadata=metadata,
        id=f"c{abs(hash(source))}",
    )


def test_a_cell_is_run_with_what_it_needs_and_nothing_else():
    book = new_notebook(
        cells=[
            cell("import numpy as np\nraise SystemError"),
            cell("n = 2\nm = n * 3"),
            cell("values = np.zeros(3)"),
            cell("values[0] = m\nvalues = values + 1"),
            cell("1 / 0"),
            cell("values"),
        ]
    )
    *_, (_, found) = cells.shown(book)
    assert found.tolist() == [7, 1, 1]


def test_nothing_is_trained_to_show_a_cell():
    book = new_notebook(cells=[cell("net = 1 / 0", tags=["trained"]), cell("net")])
    *_, (_, found) = cells.shown(book)
    assert isinstance(found, LookupError)


def test_a_cell_that_shows_something_else_keeps_its_output():
    source = """from medkit.views.explorer import *
@explorer(n=Slider(0, 9, 4), picture=Toggle())
def draw(*, n, picture):
    return Picture(Table([[n]]), caption=f"noise {2.5 * n} HU", alt="a number")
draw()"""
    for words, same in (("noise 10.01 HU", True), ("noise 10.5 HU", False), ("10.0 HU", False)):
        book = new_notebook(cells=[cell(source, f"<figcaption>{words}</figcaption>")])
        ((_, found),) = cells.shown(book)
        assert isinstance(found, LookupError) != same


def test_a_cell_that_cannot_be_shown_keeps_its_output(tmp_path, caplog):
    book = new_notebook(cells=[cell("unknown")])
    assert frozen.outputs(book, "99_none", tmp_path) == {}
    assert "unknown" in caplog.text


def test_outputs_of_a_notebook(tmp_path):
    book = nbformat.read(ROOT / "notebooks/00_start_here.ipynb", 4)
    made = frozen.outputs(book, "00_start_here", tmp_path)
    kinds = [made[cell.id] for cell in book.cells if cell.get("id") in made]
    text = "".join(kinds)
    assert text.count('data-kind="explorer"') == 2
    assert text.count('data-kind="viewer"') == 1
    assert text.count('data-kind="quiz"') == 2  # the quiz, and the test after it
    assert "Hint 1 of 2</summary>" in text
    assert "Solution</summary>" in text
    assert "data:image" not in text
    for path in set(re.findall(r'(?:src|data-frozen)="(frozen/[^"]+)"', text)):
        file = tmp_path / path
        assert file.exists() or file.with_suffix(".js").exists()


def test_the_page_gets_the_widgets_own_source(tmp_path):
    frozen.assets(tmp_path)
    script = (tmp_path / "frozen/frozen.js").read_text("utf-8")
    widget = (ROOT / "medkit/views/explorer/widget.js").read_text("utf-8")
    assert widget.partition("export default")[0] in script
    assert "export default" not in script
    assert "fetch(" not in script
