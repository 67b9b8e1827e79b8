"""The catalogue: one card a data set, in ``datasets/*.toml``.

A card says what a set is, what its licence allows, where it comes from and what it must
not be used for. Sets of the kind "carried" come inside a dependency and need no network.
"""

import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


@dataclass(frozen=True)
class Card:
    """What is known about a data set.

    Parameters
    ----------
    name : str
        The card's file name without its ending.
    title, modality, task, size : str
        What it is, in words.
    kind : {"carried"}
        Where it comes from: inside the dependency `package`.
    package : str
        The distribution that carries it, as one types it after ``pip install``.
    files : tuple of str
        Files that must be there, relative to where packages are installed.
    licence, citation, homepage, not_for : str
        What is allowed, whom to thank, where to read on, and what it does not answer.
    commercial_use : bool
        Whether the licence allows it.
    """

    name: str
    title: str
    kind: str
    modality: str
    task: str
    size: str
    package: str
    files: tuple[str, ...]
    licence: str
    commercial_use: bool
    citation: str
    homepage: str
    not_for: str

    def missing(self) -> list[str]:
        """Return those of its files that are not on this computer."""
        try:
            home = distribution(self.package)
        except PackageNotFoundError:
            return list(self.files)
        return [name for name in self.files if not Path(home.locate_file(name)).is_file()]


def read_card(path: Path) -> Card:
    """Read one card.

    Raises
    ------
    ValueError
        If it is no TOML, or lacks a field, or has one that no card has.
    """
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        fields["files"] = tuple(fields.get("files", ()))
        return Card(name=path.stem, **fields)
    except (tomllib.TOMLDecodeError, TypeError) as problem:
        raise ValueError(f"{path.name} is no data card: {problem}") from problem


def cards(folder: Path) -> list[Card]:
    """Read all cards of a folder, by name."""
    return [read_card(path) for path in sorted(folder.glob("*.toml"))]
