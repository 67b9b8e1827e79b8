"""Fetching a data set: which folder, from which mirror, whole and as it should be.

A file has its final name only when it is whole and its hash is right, so neither a torn
connection nor a second process can leave a broken one behind. Files lie in one folder,
which the environment variable ``MEDKIT_DATA`` names: a class can share one copy.
"""

import hashlib
import json
import logging
import os
from pathlib import Path

import platformdirs

from medkit.data.sets.card import Card, Download

#: Seconds after which a silent server counts as dead.
TIMEOUT_S = 30


class FetchError(OSError):
    """A data set could not be brought here; the message says what to type."""


class LicenceError(PermissionError):
    """A licence forbids commercial use, and nobody has agreed to it yet."""


def data_folder() -> Path:
    """Return the folder for data sets: ``MEDKIT_DATA``, else one of the user's own."""
    named = os.environ.get("MEDKIT_DATA")
    return Path(named).expanduser() if named else platformdirs.user_cache_path("medkit", False)


def state(path: Path, download: Download) -> str:
    """Say how a file is: "there", "absent" or "damaged"."""
    if not path.is_file():
        return "absent"
    kind, _, wanted = download.hash.partition(":")
    with path.open("rb") as file:
        return "there" if hashlib.file_digest(file, kind).hexdigest() == wanted else "damaged"


def here(card: Card, folder: Path | None = None) -> list[Download]:
    """Return those files of a fetched set that are in the data folder, unchecked."""
    folder = data_folder() if folder is None else folder
    return [download for download in card.downloads if (folder / download.file).is_file()]


def fetch(
    card: Card, size: int | None = None, *, folder: Path | None = None, accept_licence=False
) -> list[Path]:
    """Bring a data set here, unless it is here already, and return its files.

    Mirrors are tried in order. A file that is there but damaged is replaced.

    Parameters
    ----------
    card : Card
        What to fetch.
    size : int, optional
        Its pixels, where it comes in several sizes.
    folder : Path, optional
        Where to; `data_folder` by default.
    accept_licence : bool
        Agree to a licence that forbids commercial use; this is remembered.

    Raises
    ------
    ValueError
        If there is nothing to fetch, or not at this size.
    LicenceError
        If nobody has agreed to its licence.
    FetchError
        If no mirror gave the right file, or the folder cannot be written.
    """
    if card.kind != "fetched":
        raise ValueError(f"{card.name} is {card.kind}: there is nothing to fetch")
    agree(card, accept_licence)
    folder = data_folder() if folder is None else Path(folder)
    return [_fetch_file(card, download, folder) for download in card.wanted(size)]


def _fetch_file(card, download, folder):
    path = folder / download.file
    if state(path, download) == "there":
        return path
    said = []
    for mirror in download.mirrors:
        problem = _try_mirror(mirror, download, folder)
        if not problem:
            return path
        said.append(f"{mirror.split('/')[2]} {problem}")
    more = f" --size {download.pixels}" if download.pixels else ""
    raise FetchError(
        f"{download.file} could not be fetched: {', '.join(dict.fromkeys(said))}. With a "
        f"connection, type: medkit data fetch {card.name}{more}   Or download it on another "
        f"computer from {download.mirrors[0]} and put it into {folder}"
    )


def _try_mirror(address, download, folder):
    """Fetch from one mirror; return what went wrong, or nothing."""
    import pooch
    from requests.exceptions import RequestException

    try:
        folder.mkdir(parents=True, exist_ok=True)
        pooch.get_logger().setLevel(logging.ERROR)  # we say the same in our words
        # pooch writes to a temporary name in the same folder and moves the file into
        # place once its hash is right.
        pooch.retrieve(
            address,
            known_hash=download.hash,
            fname=download.file,
            path=folder,
            downloader=pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT_S),
        )
        (folder / download.file).chmod(0o644)  # others of the class read it too
        return ""
    except RequestException as problem:
        return _in_words(problem)
    except ValueError:
        return "sent another or a broken file"
    except OSError as problem:
        if problem.errno is None:  # not of a file: such as a REQUESTS_CA_BUNDLE that is not there
            return f"cannot be reached ({problem})"
        raise FetchError(
            f"the data folder {folder} cannot be written ({problem.strerror or problem}). "
            "Set MEDKIT_DATA to a folder of yours, or ask whoever keeps this one to fetch "
            f"{download.file}"
        ) from problem


def _in_words(problem):
    from requests import exceptions

    answer = getattr(problem, "response", None)
    if isinstance(problem, exceptions.ProxyError) or getattr(answer, "status_code", 0) == 407:
        return (
            "is behind a proxy (set HTTPS_PROXY and HTTP_PROXY to http://NAME:PASSWORD@HOST:PORT)"
        )
    if answer is not None:
        return f"answered {answer.status_code}"
    if isinstance(problem, exceptions.Timeout):
        return f"was silent for {TIMEOUT_S} s"
    if isinstance(problem, exceptions.ChunkedEncodingError):
        return "broke off in the middle"
    if isinstance(problem, exceptions.SSLError):
        return (
            "has a certificate that is not trusted (where the network reads along, set "
            "REQUESTS_CA_BUNDLE to its certificate file)"
        )
    return "cannot be reached"


def _agreed_file():
    return platformdirs.user_config_path("medkit", False) / "licences.json"


def agreed() -> set[str]:
    """Return the names of the sets whose licence somebody at this account agreed to."""
    try:
        names = json.loads(_agreed_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return set(map(str, names)) if isinstance(names, list) else set()


def agree(card: Card, accept: bool = False) -> None:
    """Pass if a licence allows commercial use or was agreed to; `accept` agrees to it now.

    Raises
    ------
    LicenceError
        If it forbids commercial use and nobody has agreed.
    """
    if card.commercial_use or card.name in agreed():
        return
    if not accept:
        raise LicenceError(
            f"{card.title} may not be used commercially (its licence: {card.licence}). If you "
            f"agree, type once: medkit data fetch {card.name} --accept-licence   or in Python: "
            f"catalogue.load({card.name!r}, accept_licence=True)"
        )
    path = _agreed_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(sorted(agreed() | {card.name})), encoding="utf-8")
    os.replace(draft, path)
