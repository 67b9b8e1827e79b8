"""Every card is complete and true."""

import re
from pathlib import Path

import pytest

from medkit.data import tasks
from medkit.data.sets import catalogue, fetch

FOLDER = Path(__file__).resolve().parent.parent.parent.parent / "datasets"
CARDS = catalogue.cards(FOLDER)
CARRIED = [card for card in CARDS if card.kind == "carried"]


@pytest.mark.parametrize("card", CARRIED, ids=lambda card: card.name)
def test_carried_sets_are_there_without_a_network(card):
    assert card.files
    assert card.missing() == []
    assert card.homepage.startswith("https://")
    assert re.search(r"doi:10\.|https://", card.citation)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_card_says_what_it_is_not_for_and_how_to_open_it(card):
    assert card.not_for
    assert card.commercial_use == ("NC" not in card.licence)
    assert card.kind in ("simulated", "folder") or card.format or card.opens


FETCHED = [card for card in CARDS if card.kind == "fetched"]


@pytest.mark.parametrize("card", FETCHED, ids=lambda card: card.name)
def test_fetched_sets_have_hashes_and_safe_addresses(card):
    assert card.downloads
    assert re.search(r"doi:10\.|https://", card.citation) or not card.format
    assert card.homepage.startswith("https://")
    for download in card.downloads:
        assert re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", download.hash)
        assert all(mirror.startswith("https://") for mirror in download.mirrors)
        assert Path(download.file).name == download.file


def test_all_of_medmnist_is_there_at_both_sizes():
    ours = {card.name: card for card in FETCHED if card.format == "medmnist"}
    assert len(ours) == 18
    assert sum(card.volumes for card in ours.values()) == 6
    assert all(card.sizes() == (28, 64) for card in ours.values())
    # 708,069 images and 9,998 volumes: Yang et al. (2023), doi:10.1038/s41597-022-01721-8,
    # less what version 3 took out again: 107 organ slices, an organ and a vessel.
    images = sum(sum(c.splits.values()) for c in ours.values() if not c.volumes)
    volumes = sum(sum(c.splits.values()) for c in ours.values() if c.volumes)
    assert (708_069 - images, 9_998 - volumes) == (107, 2)
    hashes = [d.hash for c in ours.values() for d in c.downloads]
    assert len(set(hashes)) == 36


@pytest.mark.data
def test_the_official_hashes_are_those_of_real_files(test_data):
    for name in ("breastmnist", "adrenalmnist3d"):
        (download,) = catalogue.card(name).wanted(28)
        assert fetch.state(test_data / "medmnist" / download.file, download) == "there"
    (download,) = catalogue.card("brain_kspace").wanted()
    assert fetch.state(test_data / "kspace" / download.file, download) == "there"


def test_simulated_cards_agree_with_the_tasks():
    for name, task in tasks.TASKS.items():
        assert catalogue.card(name).modality == task.modality


def test_simulated_sets_load_by_name():
    dataset = catalogue.load("ct_bleed", n=4, size=32)
    assert dataset.images.shape == (4, 32, 32, 1)


def test_what_holds_no_labelled_images_says_how_to_open_it():
    with pytest.raises(ValueError, match=r"medkit\.anatomy\.head\(\)"):
        catalogue.load("mni152")


def test_an_unknown_name_is_answered_with_close_ones():
    with pytest.raises(ValueError, match="Did you mean breastmnist"):
        catalogue.load("Breast MNIST")
    with pytest.raises(ValueError, match="medkit data list"):
        catalogue.load("zzz")


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
