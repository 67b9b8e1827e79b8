"""Cards: what is known about a data set, one TOML file each in ``datasets/``.

A card says what a set is, what its licence allows, where it comes from and what it must
not be used for. There are four kinds: "simulated" by this kit, "carried" inside a
dependency, "fetched" on demand, and the learner's own "folder".
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from medkit import kit

#: Where a set can come from.
KINDS = ("simulated", "carried", "fetched", "folder")


@dataclass(frozen=True)
class Download:
    """One file of a fetched set.

    Parameters
    ----------
    file : str
        Its name in the data folder.
    hash : str
        ``"md5:…"`` or ``"sha256:…"``: what it must be, whichever mirror it comes from.
    mirrors : tuple of str
        Addresses, the best first.
    pixels : int
        The side of its images, where a set comes in several sizes; else 0.
    """

    file: str
    hash: str
    mirrors: tuple[str, ...]
    pixels: int = 0


@dataclass(frozen=True)
class Card:
    """What is known about a data set.

    Parameters
    ----------
    name : str
        The card's file name without its ending.
    title, modality, task, size : str
        What it is, in words; `modality` by DICOM's code where there is one.
    kind : {"simulated", "carried", "fetched", "folder"}
        Where it comes from.
    licence, citation, homepage, not_for : str
        What is allowed, whom to thank, where to read on, and what it does not answer.
    commercial_use : bool
        Whether the licence allows it.
    package : str
        Carried: the distribution, as one types it after ``pip install``.
    files : tuple of str
        Carried: files that must be there, relative to where packages are installed.
    downloads : tuple of Download
        Fetched: the files, one a size or several that belong together.
    format : str
        What reads it: "medmnist", or empty where `opens` says it.
    opens : str
        Where `format` is empty: the line of Python that opens it.
    classes : tuple of str
        What the labels mean, in the official order.
    finding : int
        Of two classes, the official label of the finding, which becomes 1 here.
    splits : mapping of str to int
        The official numbers of train, validation and test images.
    volumes : bool
        Whether its images have planes.
    channels : int
        1 for grey, 3 for colour.
    """

    name: str
    title: str
    kind: str
    modality: str
    task: str
    size: str
    licence: str
    commercial_use: bool
    citation: str
    homepage: str
    not_for: str
    package: str = ""
    files: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    format: str = ""
    opens: str = ""
    classes: tuple[str, ...] = ()
    finding: int = 1
    splits: Mapping[str, int] = field(default_factory=dict)
    volumes: bool = False
    channels: int = 1

    def __post_init__(self):
        if self.kind not in KINDS:
            raise TypeError(f"kind {self.kind!r}; there are {', '.join(KINDS)}")

    def missing(self) -> list[str]:
        """Return those of its carried files that are not on this computer."""
        if not self.files:
            return []
        try:
            home = distribution(self.package)
        except PackageNotFoundError:
            return list(self.files)
        return [name for name in self.files if not Path(home.locate_file(name)).is_file()]

    def sizes(self) -> tuple[int, ...]:
        """Return the sizes in pixels in which it can be fetched; none where it has but one."""
        return tuple(download.pixels for download in self.downloads if download.pixels)

    def wanted(self, size: int | None = None) -> tuple[Download, ...]:
        """Return the files that make up the set, at one size where there are several.

        Raises
        ------
        ValueError
            If it does not come at that size.
        """
        sizes = self.sizes()
        if not sizes:
            return self.downloads
        size = sizes[0] if size is None else size
        if size not in sizes:
            choice = " or ".join(str(pixels) for pixels in sizes)
            raise ValueError(f"{self.name} comes at {choice} pixels, not at {size}")
        return tuple(download for download in self.downloads if download.pixels == size)


def read_card(path: Path) -> Card:
    """Read one card.

    Raises
    ------
    ValueError
        If it is no TOML, or lacks a field, or has one that no card has.
    """
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        for name in ("files", "classes"):
            fields[name] = tuple(fields.get(name, ()))
        fields["downloads"] = tuple(
            Download(**{**download, "mirrors": tuple(download["mirrors"])})
            for download in fields.get("downloads", ())
        )
        return Card(name=path.stem, **fields)
    except (tomllib.TOMLDecodeError, TypeError, KeyError) as problem:
        raise ValueError(f"{path.name} is no data card: {problem}") from problem


def cards(folder: Path | None = None) -> list[Card]:
    """Read all cards of a folder, by name; those of the kit unless told otherwise."""
    folder = kit.root() / "datasets" if folder is None else folder
    return [read_card(path) for path in sorted(folder.glob("*.toml"))]


def card(name: str, folder: Path | None = None) -> Card:
    """Read the card of one data set.

    Raises
    ------
    ValueError
        If there is none of that name; names that are close are proposed.
    """
    folder = kit.root() / "datasets" if folder is None else folder
    names = sorted(path.stem for path in folder.glob("*.toml"))
    if name in names:
        return read_card(folder / f"{name}.toml")
    key = str(name).lower().replace("-", "_").replace(" ", "_")
    near = difflib.get_close_matches(key, names, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "'medkit data list' names them all."
    raise ValueError(f"there is no data set {name!r}. {hint}")
