"""Every explorer of the kit at the least, the default and the most of each control."""

import random

import numpy as np
import pytest

from medkit.views import explorers
from medkit.views.controls import Control
from medkit.views.explorer import Bars, Image, Lines
from medkit.views.pixels import pack

EXPLORERS = dict(explorers.all())


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
        prints = {factory.picture(**{key: v}).fingerprint() for v in control.examples()}
        assert len(prints) > 1, f"{key} changes nothing"


@pytest.mark.parametrize("name", EXPLORERS)
def test_widget_can_be_made_and_described(name):
    factory = EXPLORERS[name]
    assert factory.__doc__
    assert all(isinstance(control, Control) for control in factory.controls.values())
    assert repr(factory()).startswith(f"<Explorer {factory.name}: ")


def test_topics_are_found_and_unknown_ones_are_named():
    for topic in explorers.topics():
        assert getattr(explorers, topic).__name__ == f"medkit.views.explorers.{topic}"
    with pytest.raises(AttributeError, match="astrology"):
        _ = explorers.astrology
