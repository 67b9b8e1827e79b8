"""``medkit site``: the course as pages that need no kernel, from a disk or any web server.

A page is made anew only if its notebook, the code that its explorers need, or the template has
changed: beside the pages lies, in ``.medkit``, of what each was made. `frozen` makes what stands
in place of live widgets, `pages` the rest of a page, and `search` the index.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import nbformat

from medkit import __version__, kit
from medkit.site import needs, pages, search

#: Records of what the pages were made of; a folder with it is a site of ours.
RECORDS = ".medkit"
HOW = "Name a new or an empty folder: medkit site FOLDER"


def build(
    folder: Path,
    only: Sequence[str] = (),
    *,
    processes: int | None = None,
    say: Callable[[str], None] = print,
) -> list[str]:
    """Build the site, or what of it is out of date.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    only : sequence of str
        Stems of notebooks, such as ``"11_ct"``; all by default.
    processes : int, optional
        That work at once; one for each core by default. 0 makes all in this process.
    say : callable
        Is told of each page that was made.

    Returns
    -------
    list of str
        Stems of the pages that were made.

    Raises
    ------
    OSError
        If the folder is not ours, or cannot be written.
    KeyError
        If there is no such notebook.
    """
    sources = {path.stem: path for path in kit.notebooks()}
    if unknown := [stem for stem in only if stem not in sources]:
        raise KeyError(f"there is no notebook {unknown[0]!r}; there are: {', '.join(sources)}")
    _claim(folder)
    course = [(stem, _title(path)) for stem, path in sources.items()]
    todo = [stem for stem in only or sources if not _fresh(folder, stem, course)]
    for stem, seconds in _made(folder, todo, course, processes):
        say(f"{stem}: {seconds:.0f} s")
    _finish(folder, course)
    return todo


def _made(folder, todo, course, processes):
    """Make pages; yield the stem of each, and the seconds that it took."""
    if processes == 0 or not todo:
        yield from (_page(folder, stem, course) for stem in todo)
        return
    cores = os.cpu_count() or 1
    workers = min(processes or cores, len(todo))
    pool = ThreadPoolExecutor(workers)
    try:
        tasks = [pool.submit(_alone, cores // workers, folder, stem, course) for stem in todo]
        for task in as_completed(tasks):
            yield task.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(threads, folder, stem, course):
    """Make a page in a new process: its explorers must not meet the settings of another's."""
    with ProcessPoolExecutor(1, get_context("spawn"), _few_threads, (threads,)) as process:
        return process.submit(_page, folder, stem, course).result()


def _few_threads(count):
    """Share the cores: threads that wait for work spin, and slow down the other process."""
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, count)))


def _claim(folder):
    """Make sure that the folder is ours to write."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file. {HOW}")
    try:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / RECORDS).is_dir():
            raise FileExistsError(f"{folder} holds files that are none of the site's. {HOW}")
        (folder / RECORDS).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass  # a folder that was made once may be read-only now
    except FileExistsError:
        raise
    except OSError as problem:
        raise OSError(f"{folder} cannot be written ({problem.strerror}). {HOW}") from problem


def _title(path):
    return needs.sources(path, "markdown")[0].splitlines()[0].lstrip("# ")


def _keys(stem, course):
    """Return hashes of what the widgets of a page, and the page itself, were made of."""
    path = kit.root() / "notebooks" / f"{stem}.ipynb"
    code = needs.files(path)
    frozen = needs.digest([path, *code])
    own = sorted(p for p in Path(__file__).parent.glob("*.py")) + sorted(pages.TEMPLATE.iterdir())
    words = json.dumps([course, __version__, version("nbconvert")])
    return {"frozen": frozen, "page": needs.digest([path, *own], frozen + words)}


def _record(folder, stem):
    try:
        return json.loads((folder / RECORDS / f"{stem}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _fresh(folder, stem, course):
    made = _record(folder, stem).get("keys") == _keys(stem, course)
    return made and (folder / f"{stem}.html").is_file()


def _page(folder, stem, course):
    """Make one page and all that belongs to it; return the stem and the seconds it took."""
    from medkit.site import frozen  # brings explorers and with them most of the kit

    start, keys, old = time.monotonic(), _keys(stem, course), _record(folder, stem)
    book = nbformat.read(kit.root() / "notebooks" / f"{stem}.ipynb", 4)
    if old.get("keys", {}).get("frozen") == keys["frozen"]:
        fragments = old["fragments"]
    else:
        with tempfile.TemporaryDirectory(dir=folder / RECORDS) as draft:
            fragments = frozen.outputs(book, stem, Path(draft))
            _move(Path(draft) / "frozen" / stem, folder / "frozen" / stem)
    pictures = pages.Pictures(folder)
    place = [name for name, _ in course].index(stem)
    about = {
        "stem": stem,
        "title": course[place][1],
        "course": course,
        "before": course[place - 1] if place else None,
        "after": course[place + 1] if place + 1 < len(course) else None,
        "version": __version__,
    }
    try:
        body, renderer = pages.page(book, pictures, fragments, about)
    except ValueError as problem:
        raise ValueError(f"{stem}.ipynb: {problem}") from problem
    pages.write(folder / f"{stem}.html", body.encode())
    record = {
        "keys": keys,
        "title": about["title"],
        "headings": [heading[:3] for heading in renderer.headings],
        "terms": renderer.terms,
        "cover": pictures.cover(book, stem),
        "pictures": sorted(pictures.names),
        "fragments": fragments,
    }
    pages.write(folder / RECORDS / f"{stem}.json", json.dumps(record).encode())
    return stem, time.monotonic() - start


def _move(draft, target):
    shutil.rmtree(target, ignore_errors=True)
    if draft.exists():
        target.parent.mkdir(exist_ok=True)
        draft.replace(target)


def _finish(folder, course):
    """Write what belongs to all pages, and remove what belongs to none."""
    from medkit.site import frozen

    records = {stem: record for stem, _ in course if (record := _record(folder, stem))}
    parts, ways = search.course_map(kit.notebooks()[0])
    terms = search.glossary(records)
    about = {"course": course, "version": __version__}
    ways = {name: search.with_links(words, dict(course)) for name, words in ways.items()}
    home = pages.render("index.html.j2", about=about, parts=parts, ways=ways, there=records)
    pages.write(folder / "index.html", home.encode())
    words = pages.render("glossary.html.j2", about=about, terms=terms)
    pages.write(folder / "glossary.html", words.encode())
    pages.write(folder / "search.js", search.index(records, terms).encode())
    for name in ("site.css", "site.js"):
        pages.write(folder / name, (pages.TEMPLATE / name).read_bytes())
    frozen.assets(folder)
    for path in (folder / RECORDS).glob("*.json"):
        if path.stem not in records:  # its notebook is no more
            _move(Path("nowhere"), folder / "frozen" / path.stem)
            (folder / f"{path.stem}.html").unlink(missing_ok=True)
            path.unlink()
    used = {name for record in records.values() for name in record["pictures"]}
    for path in (folder / "pictures").glob("*"):
        if path.name not in used:
            path.unlink()
