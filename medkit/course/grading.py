"""Grade handed-in notebooks: each in a fresh kernel under limits, one CSV row each.

Stored outputs are ignored: every notebook is run again. The checks in it hand in what
they *saw* (an answer, or what a function returned), and this process judges that, so an
edited check, a patched one or a printed "Correct" earns nothing.

Limits
------
A notebook runs as the user who grades, without a sandbox: it can read what that user can
read, write where that user can write, and use the network. Who does not trust the
learners grades in a container. The course is open, so its solutions can be copied; a
learner can also take the truth out of the exercise object. Look at the notebooks, too.
"""

import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from medkit.course.chapters import Chapter, chapters
from medkit.course.exercises import HAND_IN
from medkit.course.gradebook import Grade, write
from medkit.course.runner import KERNEL
from medkit.course.watch import watch

_MAX_BYTES = 100_000_000
#: What a notebook's kernel gets to see of the grader's environment: no tokens, no settings.
_ENVIRONMENT = re.compile(
    r"PATH|HOME|LANG|LC_.*|TZ|USER|LOGNAME|LD_LIBRARY_PATH|DYLD_.*|VIRTUAL_ENV|CONDA_PREFIX|"
    r"SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|"
    r"XDG_CACHE_HOME|(OMP|OPENBLAS|MKL|NUMBA|KERAS|CUDA|MEDKIT|TF_CPP|TF_ENABLE)_.*|MPL.*",
    re.IGNORECASE,
)


def grade(
    path: str | Path,
    output_csv: str | Path,
    *,
    seconds: float = 180,
    megabytes: float = 3000,
    on_row: Callable[[Grade], None] | None = None,
) -> list[Grade]:
    """Grade a notebook, or all notebooks below a folder.

    The CSV is replaced whole after every notebook, so that an interruption loses none.

    Parameters
    ----------
    path : str or Path
        A notebook, or a folder with one notebook, or one sub-folder, a learner.
    output_csv : str or Path
        Where the table goes.
    seconds, megabytes : float
        Limits for each notebook: wall time, and resident memory of all its processes.
    on_row : callable, optional
        Called with each row as it comes.

    Raises
    ------
    FileNotFoundError
        If there is no such path, or no notebook below it.
    OSError
        If the CSV cannot be written.
    """
    root, output = Path(path), Path(output_csv)
    files = _notebooks(root)
    known = {chapter.stem: chapter for chapter in chapters()}
    stems = {file: stem_of(file, known) for file in files}
    ids = [e.id for stem in sorted(set(stems.values()) - {""}) for e in known[stem].exercises]
    rows: list[Grade] = []
    write(output, ids, rows)
    for file in files:
        where = (learner_of(file, root, stems[file]), _relative(file, root), stems[file])
        rows.append(_grade_file(file, where, known.get(stems[file]), seconds, megabytes))
        write(output, ids, rows)
        if on_row is not None:
            on_row(rows[-1])
    return rows


def _notebooks(root):
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise FileNotFoundError(f"there is no file or folder {root}: give a notebook or a folder")
    files = [
        file
        for file in sorted(root.rglob("*.ipynb"))
        if not any(part.startswith(".") for part in file.relative_to(root).parts)
    ]
    if not files:
        raise FileNotFoundError(f"there is no .ipynb file in {root} or its sub-folders")
    return files


def _relative(file, root):
    return file.name if root.is_file() else file.relative_to(root).as_posix()


def stem_of(file: Path, stems: Sequence[str]) -> str:
    """Return the course notebook that a file was made from, or ``""``.

    Its name tells (``alice_11_ct.ipynb``), else the exercises that it asks for.
    """
    named = [stem for stem in stems if stem in file.stem]
    if named:
        return max(named, key=len)
    try:
        with file.open("rb") as stream:
            text = stream.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    found = Counter(re.findall(r"exercise\(\s*(?:\\?[\"'])(\d\d_\w+)\.", text))
    return next((stem for stem, _ in found.most_common() if stem in stems), "")


def learner_of(file: Path, root: Path, stem: str) -> str:
    """Return who handed a file in: from its name, else from the folder.

    >>> learner_of(Path("in/alice_11_ct.ipynb"), Path("in"), "11_ct")
    'alice'
    >>> learner_of(Path("in/bob/11_ct.ipynb"), Path("in"), "11_ct")
    'bob'
    """
    name = re.sub(r"^[\W_]+|[\W_]+$", "", file.stem.replace(stem, " ") if stem else file.stem)
    # "11_ct (1)" and "11_ct-2" are second downloads, not names.
    if re.search(r"[^\W\d_]", name):
        return re.sub(r"\s+", " ", name)
    folders = () if root.is_file() else file.relative_to(root).parts[:-1]
    return folders[0] if folders else file.resolve().parent.name


def _grade_file(file, where, chapter: Chapter | None, seconds, megabytes) -> Grade:
    if chapter is None:
        return Grade(*where, "unknown", comment="neither its name nor its exercises are of the kit")
    missing = {exercise.id: "missing" for exercise in chapter.exercises}
    try:
        if file.is_symlink() or file.stat().st_size > _MAX_BYTES:
            return Grade(*where, "broken", missing, comment="a link, or larger than 100 MB")
        with tempfile.TemporaryDirectory(prefix="medkit-", ignore_cleanup_errors=True) as folder:
            home = Path(folder)
            env = _prepare(file, home)
            command = [sys.executable, "-m", "medkit.course.runner"]
            command += [str(home / "work" / "notebook.ipynb"), str(home / "events")]
            command += [str(int(seconds * (os.cpu_count() or 1)) + 60)]
            outcome = watch(command, home, env=env, seconds=seconds, megabytes=megabytes)
            scores = judge_records(home / "answers", chapter)
            status, failed, comment = _read_events(home / "events")
    except OSError as error:
        return Grade(*where, "broken", missing, comment=f"cannot be copied: {error}")
    if outcome.status != "ended":
        status = outcome.status
        limit = {"timeout": f"{seconds:g} s", "memory": f"{megabytes:g} MB"}.get(status, "64")
        comment = f"stopped at the limit of {limit}"
    return Grade(*where, status, scores, failed, outcome.seconds, outcome.peak_mb, comment)


def _prepare(file, home):
    """Copy the notebook to a folder of its own; return the environment it runs in."""
    for name in ("work", "temp", "runtime", "config", f"jupyter/kernels/{KERNEL}"):
        (home / name).mkdir(parents=True)
    shutil.copyfile(file, home / "work" / "notebook.ipynb")
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": KERNEL, "language": "python"}
    (home / "jupyter" / "kernels" / KERNEL / "kernel.json").write_text(json.dumps(spec))
    env = {key: value for key, value in os.environ.items() if _ENVIRONMENT.fullmatch(key)}
    package = str(Path(__file__).resolve().parents[2])
    return env | {
        HAND_IN: str(home / "answers"),
        "MEDKIT_PROGRESS": str(home / "progress.json"),
        "PYTHONPATH": package,
        "PYTHONDONTWRITEBYTECODE": "1",
        "JUPYTER_PATH": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "IPYTHONDIR": str(home / "config"),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(home / "temp")),
    }


def judge_records(file: Path, chapter: Chapter) -> dict[str, float | str]:
    """Judge what the checks of a run saw.

    Parameters
    ----------
    file : Path
        Lines of ``{"id": …, "observation": …}``, written by the notebook: not trusted.
    chapter : Chapter
        Whose exercises count.

    Returns
    -------
    dict
        Exercise id → score of its last attempt, ``"not attempted"`` or ``"missing"``.
    """
    exercises = {exercise.id: exercise for exercise in chapter.exercises}
    scores: dict[str, float | str] = dict.fromkeys(exercises, "missing")
    for record in _json_lines(file):
        exercise = exercises.get(str(record.get("id")))
        if exercise is None:
            continue
        try:
            verdict = exercise.answer.judge(record["observation"])
        except Exception:  # forged records may be anything; none may stop the grader
            continue
        if verdict.attempted:
            scores[exercise.id] = round(verdict.score, 3)
        elif isinstance(scores[exercise.id], str):
            scores[exercise.id] = "not attempted"
    return scores


def _read_events(file):
    status, failed, comment = "crashed", [], "its kernel died, or was ended from within"
    for event in _json_lines(file):
        if "cell" in event:
            failed.append(f"{event['cell']}: {event.get('error')}")
        elif "done" in event:
            status, comment = "ok", ""
        elif "broken" in event:
            status, comment = "broken", f"not a readable notebook ({event['broken']})"
        elif "crashed" in event:
            comment = f"its kernel died, or could not start ({event['crashed']})"
    return status, tuple(failed), comment


def _json_lines(file, limit=50_000_000):
    try:
        with file.open("rb") as stream:
            lines = stream.read(limit).splitlines()
    except OSError:
        return
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record
