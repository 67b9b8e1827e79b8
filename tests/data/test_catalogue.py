"""Every card is complete and true."""

from pathlib import Path

import pytest

from medkit.data import catalogue

FOLDER = Path(__file__).resolve().parent.parent.parent / "datasets"
CARDS = catalogue.cards(FOLDER)
CARRIED = [card for card in CARDS if card.kind == "carried"]


@pytest.mark.parametrize("card", CARRIED, ids=lambda card: card.name)
def test_carried_sets_are_there_without_a_network(card):
    assert card.files
    assert card.missing() == []
    assert card.homepage.startswith("https://")
    assert "doi:10." in card.citation


def test_there_are_cards():
    assert {"mni152", "pydicom_examples"} <= {card.name for card in CARDS}


def test_a_file_that_is_gone_is_named():
    card = catalogue.read_card(FOLDER / "mni152.toml")
    changed = type(card)(**{**vars(card), "files": (*card.files, "nilearn/no_such.nii.gz")})
    assert changed.missing() == ["nilearn/no_such.nii.gz"]
    absent = type(card)(**{**vars(card), "package": "no-such-package"})
    assert absent.missing() == list(card.files)


@pytest.mark.parametrize(
    ("text", "says"),
    [("title = ", "broken.toml"), ('title = "x"', "kind"), ("colour = 1", "colour")],
)
def test_a_broken_card_is_one_clear_error(tmp_path, text, says):
    (tmp_path / "broken.toml").write_text(text)
    with pytest.raises(ValueError, match=says):
        catalogue.cards(tmp_path)
