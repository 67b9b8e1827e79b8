"""What ``medkit data`` says: each function yields lines of text."""

import textwrap
from collections.abc import Iterable, Iterator

from medkit.data.sets import fetch
from medkit.data.sets.card import KINDS, card, cards

_HEADINGS = {
    "simulated": "Simulated by this kit: nothing to fetch",
    "carried": "Carried inside packages: nothing to fetch",
    "fetched": "To fetch, once: medkit data fetch NAME",
    "folder": "Your own",
}


def listing() -> Iterator[str]:
    """List every data set: name, modality, images, licence and whether it is here."""
    known = cards()
    wide = max(len(one.name) for one in known)
    for kind in KINDS:
        yield f"{_HEADINGS[kind]}"
        for one in sorted((one for one in known if one.kind == kind), key=lambda one: one.name):
            count = f"{sum(one.splits.values()):,}" if one.splits else ""
            there = _here(one)
            text = f"  {one.name:<{wide}}  {_first(one.modality):<4} {count:>8}  "
            yield f"{text}{_first(one.licence, '(:'):<13}  {there}".rstrip()
        yield ""
    yield f"The data folder is {fetch.data_folder()} (set MEDKIT_DATA to change it)."
    yield "More about one: medkit data show NAME"


def _first(text, ends=","):
    for end in ends:
        text = text.partition(end)[0]
    return text.strip()


def _here(one):
    if one.kind == "carried":
        return "incomplete: reinstall " + one.package if one.missing() else "here"
    if one.kind != "fetched":
        return ""
    sizes = [str(download.pixels or "") for download in fetch.here(one)]
    return f"here {', '.join(sizes)}".rstrip() if sizes else "not here"


def showing(name: str) -> Iterator[str]:
    """Show a card."""
    one = card(name)
    yield f"{one.title}: {one.task}"
    rows = {
        "kind": one.kind + (f" inside {one.package}" if one.package else ""),
        "modality": one.modality,
        "size": one.size,
        "parts": ", ".join(f"{count} {part}" for part, count in one.splits.items()),
        "classes": ", ".join(one.classes if one.finding else one.classes[::-1]),
        "licence": one.licence + ("" if one.commercial_use else "  NOT FOR COMMERCIAL USE"),
        "not for": one.not_for,
        "cite": one.citation,
        "read on": one.homepage,
        "load it": one.opens or f"catalogue.load({one.name!r})",
    }
    for label, text in rows.items():
        if text:
            yield from textwrap.wrap(
                text, 96, initial_indent=f"  {label:<9} ", subsequent_indent=" " * 12
            )
    for download in one.downloads:
        state = fetch.state(fetch.data_folder() / download.file, download)
        yield f"  file      {download.file}: {state}, {download.hash}"


def fetching(names: Iterable[str], size: int | None = None) -> Iterator[str]:
    """Fetch data sets, and say where they lie.

    Raises
    ------
    ValueError, OSError
        As `medkit.data.sets.fetch.fetch` does.
    """
    for one in [card(name) for name in names]:
        for path in fetch.fetch(one, size):
            yield f"{one.name}: {path}"
