"""Fetching a data set: which folder, from which mirror, whole and as it should be.

A file has its final name only when it is whole and its hash is right, so neither a torn
connection nor a second process can leave a broken one behind. Files lie in one folder,
which the environment variable ``MEDKIT_DATA`` names: a class can share one copy.
"""

import hashlib
import logging
import os
from pathlib import Path

import platformdirs

from medkit.data.sets.card import Card, Download

#: Seconds after which a silent server counts as dead.
TIMEOUT_S = 30


class FetchError(OSError):
    """A data set could not be brought here; the message says what to type."""


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


def fetch(card: Card, size: int | None = None, *, folder: Path | None = None) -> list[Path]:
    """Bring a data set here, unless it is here already, show its licence, return its files.

    Mirrors are tried in order. A file that is there but damaged is replaced.

    Parameters
    ----------
    card : Card
        What to fetch.
    size : int, optional
        Its pixels, where it comes in several sizes.
    folder : Path, optional
        Where to; `data_folder` by default.

    Raises
    ------
    ValueError
        If there is nothing to fetch, or not at this size.
    FetchError
        If no mirror gave the right file, or the folder cannot be written.
    """
    if card.kind != "fetched":
        raise ValueError(f"{card.name} is {card.kind}: there is nothing to fetch")
    limits = "" if card.commercial_use else ", NOT FOR COMMERCIAL USE"
    print(f"{card.title}. Licence: {card.licence}{limits}")
    folder = data_folder() if folder is None else Path(folder)
    return [_fetch_file(card, download, folder) for download in card.wanted(size)]


def _fetch_file(card, download, folder):
    path = folder / download.file
    if state(path, download) == "there":
        return path
    problems = []
    for mirror in download.mirrors:
        problem = _try_mirror(mirror, download, folder)
        if not problem:
            return path
        problems.append(f"{mirror.split('/')[2]} {problem}")
    more = f" --size {download.pixels}" if download.pixels else ""
    raise FetchError(
        f"{download.file} could not be fetched: {', '.join(dict.fromkeys(problems))}. With a "
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
        answer = getattr(problem, "response", None)
        kind = type(problem).__name__  # ProxyError, SSLError, ReadTimeout, …
        return f"cannot be reached ({kind})" if answer is None else f"answered {answer.status_code}"
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
