"""The catalogue: every data set by its name, wherever it comes from.

Simulated by this kit, carried inside a dependency, fetched on demand or a learner's own
folder: `load` returns a `Dataset` of each, so that any modality can feed any algorithm.

    >>> from medkit.data.sets import catalogue
    >>> catalogue.load("ct_bleed", n=20, size=32).images.shape
    (20, 32, 32, 1)
"""

from pathlib import Path

from medkit.data.dataset import Dataset
from medkit.data.dicom.source import checked_path
from medkit.data.sets import fetch as fetching
from medkit.data.sets import medmnist
from medkit.data.sets.card import Card, card, cards, read_card

__all__ = ["Card", "card", "cards", "fetch", "load", "read_card"]


def load(name: str, *, size: int | None = None, folder=None, **options) -> Dataset:
    """Load a data set.

    Parameters
    ----------
    name : str
        The name of a card, for example ``"breastmnist"``, ``"ct_bleed"`` or ``"folder"``;
        ``medkit data list`` names them all.
    size : int, optional
        Rows and columns: 28 (by default) or 64 for MedMNIST; any for simulated sets and
        for your own folder (64 by default).
    folder : path, optional
        Your own folder, for ``"folder"``. For a fetched set, the folder that holds its
        file, if not the data folder; or the file itself. It may be another than the official
        one, as the notes say.
    **options
        Simulated: those of `medkit.data.tasks.simulate`. Own folder: those of
        `medkit.data.sets.folder.read`. Fetched: ``n`` and ``rng`` (at most so many images).

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there is no such set, it holds no labelled images, or its file is not right.
    FileNotFoundError
        If it has not been fetched yet; the message says what to type.
    """
    known = card(name)
    sized = {} if size is None else {"size": size}
    if known.kind == "simulated":
        from medkit.data import tasks

        return tasks.simulate(name, **sized, **options)
    if known.kind == "folder":
        from medkit.data.sets import folder as own

        return own.read(folder, **sized, **options)
    if known.format == "medmnist":
        return _fetched(known, size, folder, **options)
    raise ValueError(f"{name} holds no labelled images. Open it with: {known.opens}")


def fetch(name: str, size: int | None = None) -> list[Path]:
    """Bring a data set into the data folder, unless it is there, and return its files.

    See Also
    --------
    medkit.data.sets.fetch.fetch : how, and what it raises.
    """
    return fetching.fetch(card(name), size)


def _fetched(card, size, folder, **options):
    """Find the file of a MedMNIST set, and read it."""
    (download,) = card.wanted(size)
    folder = fetching.data_folder() if folder is None else checked_path(folder, "folder")
    folder = folder.expanduser()
    path = folder if folder.is_file() else folder / download.file
    if not path.is_file():
        raise FileNotFoundError(
            f"{card.title} is not in {folder} yet. Type: medkit data fetch {card.name} "
            f"--size {download.pixels}   or in Python: "
            f"catalogue.fetch({card.name!r}, {download.pixels})"
        )
    right = fetching.state(path, download) == "there"
    notes = {"file": path.name + (", official" if right else ", NOT the official file")}
    return medmnist.read(path, card, notes=notes, **options)
