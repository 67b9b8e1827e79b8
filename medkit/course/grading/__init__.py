"""Grade handed-in notebooks: each in a fresh kernel under limits, one CSV row each.

Stored outputs are ignored: every notebook is run again. The checks in it hand in what
they *saw* (an answer, or what a function returned), and this process judges that, so an
edited check, a patched one or a printed "Correct" earns nothing. Of several attempts at
an exercise the best one counts, as it does in the learner's `progress()`.

Limits
------
A notebook runs as the user who grades, without a sandbox: it can read what that user can
read, write where that user can write (the table of grades, this kit), and use the network.
Who does not trust the learners grades in a container, as a user who owns nothing else.
The course is open: answers can be copied from its code or from a neighbour. The table
says whose notebook showed a solution or reaches into the course's code. Look at the
notebooks, too.
"""

import json
import os
import re
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

from medkit.course.chapters import Chapter, chapters
from medkit.course.exercises import HAND_IN
from medkit.course.grading.gradebook import Grade, write
from medkit.course.grading.handed_in import Submission, contents, submissions
from medkit.course.grading.limits import watch
from medkit.course.grading.runner import KERNEL
from medkit.course.quizzes import gain

#: What a notebook's kernel gets to see of the grader's environment: no tokens, no settings.
_ENVIRONMENT = re.compile(
    r"PATH|HOME|LANG|LC_.*|TZ|USER|LOGNAME|LD_LIBRARY_PATH|DYLD_.*|"
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
    cell_seconds: float | None = None,
    on_row: Callable[[Grade], None] | None = None,
) -> list[Grade]:
    """Grade a notebook, or everything below a folder.

    The CSV is replaced whole after every notebook, so that an interruption loses none.

    Parameters
    ----------
    path : str or Path
        A notebook, or the folder of a class (`medkit.course.grading.handed_in`).
    output_csv : str or Path
        Where the table goes.
    seconds, megabytes : float
        Limits for each notebook: wall time, and resident memory of all its processes.
    cell_seconds : float, optional
        After this time a cell is interrupted and the next one run; a third of `seconds` by
        default, so that two endless cells leave time for the others.
    on_row : callable, optional
        Called with each row as it comes.

    Returns
    -------
    list of Grade

    Raises
    ------
    FileNotFoundError
        If there is no such path, or nothing below it.
    OSError
        If the table cannot be written.
    """
    output = Path(output_csv)
    known = {chapter.stem: chapter for chapter in chapters()}
    found = submissions(Path(path), list(known))
    # An earlier table in the same folder was not handed in.
    handed_in = [one for one in found if one.path.resolve() != output.resolve()]
    stems = sorted({one.stem for one in handed_in} - {""})
    ids = [exercise.id for stem in stems for exercise in known[stem].exercises]
    limits = (seconds, seconds / 3 if cell_seconds is None else cell_seconds, megabytes)
    rows: list[Grade] = []
    write(output, ids, rows)
    for one in handed_in:
        rows.append(_grade_file(one, known.get(one.stem), *limits))
        write(output, ids, rows)
        if on_row is not None:
            on_row(rows[-1])
    return rows


def _grade_file(
    one: Submission, chapter: Chapter | None, seconds, cell_seconds, megabytes
) -> Grade:
    where = (one.learner, one.file, one.stem)
    if one.problem:
        return Grade(*where, "no notebook", comment=one.problem)
    if chapter is None:
        return Grade(*where, "unknown", comment="neither its name nor its exercises are of the kit")
    missing = {exercise.id: "missing" for exercise in chapter.exercises}
    try:
        notebook = contents(one.path)
        with tempfile.TemporaryDirectory(prefix="medkit-", ignore_cleanup_errors=True) as folder:
            home = Path(folder)
            env = _prepare(notebook, home)
            command = [sys.executable, "-m", "medkit.course.grading.runner"]
            command += [str(home / "work" / "notebook.ipynb"), str(home / "events")]
            command += [f"{cell_seconds:g}", str(int(seconds * (os.cpu_count() or 1)) + 60)]
            outcome = watch(command, home, env=env, seconds=seconds, megabytes=megabytes)
            answers, events = home / "answers", home / "events"
            scores = judge_records(answers, chapter)
            shown = solutions_shown(answers, chapter)
            learned = answers_around(answers, chapter)
            status, failed, comment = _read_events(events)
            if outcome.status != "ended":
                limit = {"timeout": f"{seconds:g} s", "memory": f"{megabytes:g} MB"}
                status, stopped = outcome.status, limit.get(outcome.status, "64")
                comment = f"stopped at the limit of {stopped}"
    except OSError as error:
        return Grade(*where, "broken", missing, comment=f"cannot be read: {error}")
    used = (outcome.seconds, outcome.peak_mb)
    return Grade(*where, status, scores, failed, shown, *used, comment, *learned)


def _prepare(notebook: bytes, home: Path) -> dict[str, str]:
    """Lay the notebook into a folder of its own; return the environment it runs in."""
    for name in ("work", "temp", "runtime", "config", f"jupyter/kernels/{KERNEL}"):
        (home / name).mkdir(parents=True)
    (home / "work" / "notebook.ipynb").write_bytes(notebook)
    python = _throwaway(home / "python")
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": KERNEL, "language": "python"}
    text = json.dumps(spec)
    (home / "jupyter" / "kernels" / KERNEL / "kernel.json").write_text(text, encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if _ENVIRONMENT.fullmatch(key)}
    package = str(Path(__file__).resolve().parents[3])
    return env | {
        HAND_IN: str(home / "answers"),
        "MEDKIT_PROGRESS": str(home / "progress.json"),
        "PYTHONPATH": package,
        "PYTHONDONTWRITEBYTECODE": "1",
        "JUPYTER_PATH": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "IPYTHONDIR": str(home / "config"),
        "PATH": os.pathsep.join([str(python.parent), env.get("PATH", os.defpath)]),
        # pip, uv and conda go by these, even where one of the grader's is called.
        **dict.fromkeys(("VIRTUAL_ENV", "CONDA_PREFIX"), str(home / "python")),
        "PIP_PYTHON": str(python),
        "PIP_RETRIES": "1",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(home / "temp")),
    }


def _throwaway(folder: Path) -> Path:
    """Make an environment that sees all packages of this one; return its interpreter.

    What a notebook installs or removes there is gone with it: graders found ``%pip
    install`` in one notebook change the results of all that came after.
    """
    venv.EnvBuilder(symlinks=os.name != "nt", with_pip=False).create(folder)
    where = {"base": str(folder), "platbase": str(folder)}
    ours = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    lines = [f"import site; site.addsitedir({path!r})\n" for path in ours]
    packages = Path(sysconfig.get_path("purelib", "venv", where))
    (packages / "grader.pth").write_text("".join(lines), encoding="utf-8")
    name = "python.exe" if os.name == "nt" else "python"
    return Path(sysconfig.get_path("scripts", "venv", where)) / name


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
        Exercise id → score of its best attempt, ``"not attempted"`` or ``"missing"``.
    """
    exercises = {exercise.id: exercise for exercise in chapter.exercises}
    scores: dict[str, float | str] = dict.fromkeys(exercises, "missing")
    for record in _json_lines(file):
        exercise = exercises.get(str(record.get("id")))
        if exercise is None or "observation" not in record:
            continue
        try:
            verdict = exercise.answer.judge(record["observation"])
        except Exception:  # forged records may be anything; none may stop the grader
            continue
        if verdict.attempted:
            before = scores[exercise.id]
            best = max(verdict.score, 0.0 if isinstance(before, str) else before)
            scores[exercise.id] = round(best, 3)
        elif isinstance(scores[exercise.id], str):
            scores[exercise.id] = "not attempted"
    return scores


def solutions_shown(file: Path, chapter: Chapter) -> tuple[str, ...]:
    """Return the exercises whose solution was shown while the notebook ran."""
    shown = {str(record.get("id")) for record in _json_lines(file) if record.get("solution")}
    return tuple(exercise.id for exercise in chapter.exercises if exercise.id in shown)


def answers_around(file: Path, chapter: Chapter) -> list[int | None]:
    """Return how many of five answers were right before the notebook, and after it."""
    given: dict[str, str] = {}
    for record in _json_lines(file):
        stem, _, moment = str(record.get("id")).partition(".")
        if stem == chapter.stem and moment in gain.MOMENTS and "letters" in record:
            given.setdefault(moment, str(record["letters"]))
    return gain.both(chapter.questions, given)


def _read_events(file):
    status, failed, inside = "crashed", {}, []
    comment = "its kernel died, or was ended from within"
    for event in _json_lines(file):
        if isinstance(event.get("cell"), int):  # a notebook could write here, too
            failed[event["cell"]] = event.get("error")
        elif "inside" in event:
            inside.append(event["inside"])
        elif "done" in event:
            status, comment = "ok", ""
        elif "broken" in event:
            status, comment = "broken", f"not a readable notebook ({event['broken']})"
        elif "crashed" in event:
            comment = f"its kernel died, or could not start ({event['crashed']})"
    if inside:
        cells = ", ".join(map(str, inside))
        comment = f"{comment}; reaches into the course's code: cell {cells}".lstrip("; ")
    return status, tuple(f"{cell}: {failed[cell]}" for cell in sorted(failed)), comment


def _json_lines(file):
    try:
        lines = contents(file).splitlines()  # a notebook may have made a pipe of it
    except OSError:
        return
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record
