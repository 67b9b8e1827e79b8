"""Every explorer of the kit at the least, the default and the most of each control."""

import random
from dataclasses import fields

import numpy as np
import pytest

from medkit.chapters import explorers
from medkit.physics.ct.scanner import CTProtocol
from medkit.physics.pet.scanner import PETProtocol
from medkit.views.explorer import Bars, Image, Lines
from medkit.views.explorer.controls import Control, Slider
from medkit.views.explorer.pixels import pack

EXPLORERS = dict(explorers.all())


#: What the settings of CT and PET are called, by their names.
SAID = {
    field.name: (field.metadata["label"], field.metadata["unit"])
    for protocol in (CTProtocol, PETProtocol)
    for field in fields(protocol)
    if field.metadata
}


@pytest.mark.parametrize(
    "name", [n for n, f in EXPLORERS.items() if SAID.keys() & f.controls.keys()]
)
def test_a_setting_is_called_what_its_protocol_calls_it(name):
    for setting, control in EXPLORERS[name].controls.items():
        if setting in SAID and isinstance(control, Slider):
            assert (control.label, control.unit) == SAID[setting]


@pytest.mark.parametrize("name", EXPLORERS)
def test_a_slider_starts_on_one_of_its_steps(name):
    """Or the browser starts it elsewhere than the kernel, and the first press goes half a step."""
    for slider in EXPLORERS[name].controls.values():
        if isinstance(slider, Slider) and not slider.log:
            steps = (slider.default - slider.minimum) / slider.step
            assert steps == pytest.approx(round(steps), abs=1e-6), slider.label


def settings(factory):
    """Yield parameter sets: each control at each example, then all at their ends at once."""
    yield {}
    for name, control in factory.controls.items():
        for value in control.examples():
            yield {name: value}
    for end in (0, -1):
        yield {name: control.examples()[end] for name, control in factory.controls.items()}


def check_words(factory, picture):
    assert len(picture.alt) > 20, "the alt text says too little"
    for panel in picture.panels:
        if isinstance(panel, Image):
            assert panel.title or len(picture.panels) == 1, "an image needs a title"
            assert panel.unit or panel.is_colour or not panel.colorbar, (
                "an image needs a unit: unit='1' for none"
            )
            axes = bool(panel.xlabel and panel.ylabel)
            assert axes or not panel.extent, "an image with an extent needs xlabel and ylabel"
        elif isinstance(panel, Lines):
            assert panel.xlabel, "curves need an xlabel"
            assert panel.ylabel, "curves need a ylabel"
        elif isinstance(panel, Bars):
            assert panel.ylabel, "bars need a ylabel"


def check_handles(factory, picture):
    for control in factory.controls.values():
        if control.spec("x")["kind"] in ("point", "brush"):
            panel = picture.panels[control.panel]
            assert isinstance(panel, Image), "points and brushes need an Image panel"
            if control.spec("x")["kind"] == "brush":
                assert panel.pixels.shape[:2] == tuple(control.shape)


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_setting_gives_a_valid_picture(name):
    factory = EXPLORERS[name]
    numpy_state, python_state = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    for params in settings(factory):
        given = {k: np.copy(v) if isinstance(v, np.ndarray) else v for k, v in params.items()}
        picture = factory.picture(**params)
        check_words(factory, picture)
        check_handles(factory, picture)
        pack(picture.wire())  # raises on limits or numbers that no browser can read
        for key, value in given.items():
            np.testing.assert_array_equal(params[key], value, err_msg=f"draw changed its {key}")
    assert (np.random.get_state()[1] == numpy_state).all(), "draw used NumPy's global state"  # noqa: NPY002
    assert random.getstate() == python_state, "draw used Python's global random state"


@pytest.mark.parametrize("name", EXPLORERS)
def test_same_settings_give_the_same_picture(name):
    factory = EXPLORERS[name]
    first, second = factory.picture(), factory.picture()
    assert first.fingerprint() == second.fingerprint()


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_control_changes_the_picture(name):
    factory = EXPLORERS[name]
    for key, control in factory.controls.items():
        drawn = {panels(factory.picture(**{key: v})) for v in control.examples()}
        assert len(drawn) > 1, f"{key} changes nothing but words"


def stepped(slider, value, direction):
    """Return where the browser's slider stands one key press further (`explorer.js`)."""
    if not slider.log:
        return slider.check(value + direction * slider.step)
    moved = value * (slider.maximum / slider.minimum) ** (direction * 0.005)  # 200 presses a way
    moved = float(f"{moved:.3g}")
    if slider.whole and round(moved) == value:
        moved = value + direction
    return slider.check(moved)


#: Sliders that physics holds back at an end, and the words by which the caption says so.
HELD_BACK = {("mri.contrasts", "tr_ms"): "TR raised"}


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_slider_has_room_where_it_starts_and_at_both_ends(name):
    """One key press from there changes a panel: no part of the way is dead."""
    factory, dead = EXPLORERS[name], []
    for key, slider in factory.controls.items():
        if not isinstance(slider, Slider):
            continue
        least, start, most = slider.examples()
        away = 1 if start - least < most - start else -1
        for value, direction in {(least, 1), (start, away), (most, -1)}:
            further = stepped(slider, value, direction)
            before, after = (factory.picture(**{key: v}) for v in (value, further))
            said = HELD_BACK.get((name, key))
            if panels(before) == panels(after) and not (said and said in before.caption):
                dead.append(f"{key} from {value} to {further}")
    assert dead == [], "nothing changes but words"


def panels(picture):
    """Return all that is drawn: the picture without its words."""
    return pack({"panels": picture.wire()["panels"]})


@pytest.mark.parametrize("name", EXPLORERS)
def test_widget_can_be_made_and_described(name):
    factory = EXPLORERS[name]
    assert factory.__doc__
    assert all(isinstance(control, Control) for control in factory.controls.values())
    assert repr(factory()).startswith(f"<Explorer {factory.name}: ")


def test_topics_are_found_and_unknown_ones_are_named():
    for topic in explorers.topics():
        room, _, file = getattr(explorers, topic).__name__.rpartition(".")
        chapter = room.removeprefix("medkit.chapters.")
        assert topic == (chapter if file == "explorers" else f"{chapter}_{file}")
    with pytest.raises(AttributeError, match="astrology"):
        _ = explorers.astrology
