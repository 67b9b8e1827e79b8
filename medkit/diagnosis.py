"""What ``medkit doctor`` examines: versions, hardware, data sets, widgets."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from medkit import __version__, kit, launcher

#: What a learner meets by name; the rest of the requirements is only counted.
SHOWN = (
    "jupyterlab", "ipywidgets", "anywidget", "matplotlib", "scikit-learn", "tensorflow", "keras",
    "pydicom", "nbval", "numba", "numpy",
)  # fmt: skip

BACKENDS = ("tensorflow", "jax", "torch")

WIDGETS = (
    ("sliders in JupyterLab", "@jupyter-widgets/jupyterlab-manager"),
    ("explorers in JupyterLab", "anywidget"),
)

#: What a learner's kernel does first with Keras; it must not end the process.
TRIAL = "import medkit.learning.backend"
TRIAL_SECONDS = 180
MEMORY_NEEDED_GB = 2.0
DISK_NEEDED_GB = 1.0


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Parameters
    ----------
    what : str
        What was examined.
    found : str
        What it is like here.
    verdict : {"ok", "note", "missing"}
        Fine; fine but worth knowing; something needed is not there.
    advice : str
        What to type or do, if anything.
    """

    what: str
    found: str
    verdict: str = "ok"
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Yield one finding after the other; what is heavy, or may die, in a child process."""
    yield from _software()
    yield from _hardware()
    yield from _material()
    yield from _widgets()


def _check(what, good, found, otherwise, advice, verdict="missing"):
    return Finding(what, found) if good else Finding(what, otherwise, verdict, advice)


def _software():
    yield Finding("medkit", f"{__version__} in {kit.root()}")
    python = platform.python_version()
    try:
        launcher.check_python(sys.version_info[:2])
        yield Finding("Python", f"{python} at {sys.executable}")
    except launcher.SetupError as problem:
        yield Finding("Python", python, "missing", str(problem))
    for name in SHOWN:
        try:
            yield Finding(name, version(name))
        except PackageNotFoundError:
            yield Finding(name, "not installed", "note")
    lacking = ", ".join(launcher.missing())
    yield _check(
        "packages", not lacking, "all there", f"without {lacking}", "python3 -m medkit lab"
    )
    if lacking:
        return  # one cause, one advice
    yield from _backend(os.environ.get("KERAS_BACKEND", "tensorflow"))


def _backend(name):
    if name not in BACKENDS:
        advice = f"set KERAS_BACKEND to one of: {', '.join(BACKENDS)}"
        yield Finding("Keras backend", name, "missing", advice)
        return
    try:
        found = f"{name} {version(name)}"
    except PackageNotFoundError:
        advice = f"pip install {name}, or unset KERAS_BACKEND"
        yield Finding("Keras backend", f"{name}, which is not installed", "missing", advice)
        return
    yield _trial(name, found)


def _trial(name, found):
    """Import Keras and its backend where it may die: in a process of its own."""
    command = [sys.executable, "-c", TRIAL]
    try:
        trial = subprocess.run(
            command, env=kit.child_environment(), capture_output=True, timeout=TRIAL_SECONDS
        )
    except subprocess.TimeoutExpired:
        said = f"{found}, not ready after {TRIAL_SECONDS} s"
        return Finding("Keras backend", said, "note", "is the disk or the network drive slow?")
    if trial.returncode == 0:
        return Finding("Keras backend", found)
    lines = trial.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
    advice = f"{lines[-1][:300]}; pip install --force-reinstall {name}, or another KERAS_BACKEND"
    # A signal on POSIX, a large status on Windows: the process did not end by itself.
    if not 0 <= trial.returncode < 256:
        advice = (
            f"it ended its process (status {trial.returncode}). Ready-made {name} asks for a "
            "processor with AVX; otherwise set KERAS_BACKEND to another one, installed"
        )
    return Finding("Keras backend", f"{found}, which cannot be imported", "missing", advice)


def _hardware():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("processor", f"{cores} cores, {platform.machine()}, {platform.system()}")
    if shutil.which("nvidia-smi"):
        advice = "TensorFlow uses it after: pip install 'medkit[cuda]'"
        yield Finding("GPU", "an NVIDIA driver is there", "ok", advice)
    else:
        yield Finding("GPU", "none: every notebook is sized for a CPU")
    yield _memory()
    free = shutil.disk_usage(kit.root()).free / 1e9
    found = f"{free:.1f} GB free"
    advice = "free some: data sets are kept on disk"
    yield _check("disk", free > DISK_NEEDED_GB, found, found, advice, "note")


def _memory():
    try:
        import psutil
    except ImportError:
        return Finding("memory", "not known until the packages are installed", "note")
    memory = psutil.virtual_memory()
    free = memory.available / 1e9
    found = f"{free:.1f} GB free of {memory.total / 1e9:.1f} GB"
    advice = "close other programs: a notebook may take 2 GB"
    return _check("memory", free > MEMORY_NEEDED_GB, found, found, advice, "note")


def _material():
    found = f"{len(kit.notebooks())} in {kit.root() / 'notebooks'}"
    yield _check("notebooks", kit.notebooks(), found, found, "reinstall medkit")
    if launcher.missing():
        return
    yield from _data()
    folder = os.environ.get("MEDKIT_TEST_DATA")
    if folder and not Path(folder).is_dir():
        yield Finding("real files for tests", folder, "note", "MEDKIT_TEST_DATA names no folder")
    else:
        yield Finding("real files for tests", folder or "none: their tests are skipped")


def _data():
    """Report what is carried inside dependencies, and what lies in the data folder."""
    from medkit.data.sets import card, fetch

    cards = card.cards()
    for one in cards:
        absent = ", ".join(Path(name).name for name in one.missing())
        if absent:
            advice = f"pip install --force-reinstall {one.package}"
            yield Finding(one.name, f"without {absent}", "missing", advice)
    carried = sum(one.kind == "carried" and not one.missing() for one in cards)
    yield Finding("data sets in packages", f"{carried} there")
    folder = fetch.data_folder()
    fetched = [one for one in cards if one.kind == "fetched"]
    names = [one.name for one in fetched if fetch.here(one, folder)]
    found = f"{len(names)} of {len(fetched)} in {folder}" + (": " if names else "")
    advice = "" if names else "none is needed; 'medkit data list' names them"
    yield Finding("data sets to fetch", found + ", ".join(names), "ok", advice)


def _widgets():
    if launcher.missing():
        return
    from jupyter_core.paths import jupyter_path

    for what, extension in WIDGETS:
        places = [Path(folder) / extension for folder in jupyter_path("labextensions")]
        there = any((place / "package.json").is_file() for place in places)
        advice = "pip install --force-reinstall ipywidgets anywidget"
        yield _check(what, there, "can work", "their JupyterLab extension is absent", advice)


def report(findings: Iterable[Finding]) -> Iterator[str]:
    """Format findings as lines of text, and a last line that sums them up."""
    findings = list(findings)
    marks = {"ok": "ok     ", "note": "note   ", "missing": "MISSING"}
    for finding in findings:
        yield f"{marks[finding.verdict]} {finding.what:<28} {finding.found}"
        if finding.advice:
            yield f"{'':<37}→ {finding.advice}"
    bad = sum(finding.verdict == "missing" for finding in findings)
    yield (
        "All is well: open the notebooks with 'medkit lab'."
        if not bad
        else (f"{bad} thing{'s' * (bad > 1)} to mend: see the arrows above.")
    )
