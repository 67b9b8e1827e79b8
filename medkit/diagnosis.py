"""What ``medkit doctor`` examines: versions, hardware, data sets, widgets."""

import importlib.util
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
    if lacking := ", ".join(launcher.missing()):
        yield Finding("packages", f"without {lacking}", "missing", "python3 -m medkit lab")
        return  # one cause, one advice
    yield Finding("packages", "all there")
    yield _backend(os.environ.get("KERAS_BACKEND", "tensorflow"))


def _backend(name):
    """Import Keras and its backend where it may die: in a process of its own."""
    command, what = [sys.executable, "-c", TRIAL], "Keras backend"
    try:
        trial = subprocess.run(
            command, env=kit.child_environment(), capture_output=True, timeout=TRIAL_SECONDS
        )
    except subprocess.TimeoutExpired:
        message = f"{name}, not ready after {TRIAL_SECONDS} s"
        return Finding(what, message, "note", "is the disk or the network drive slow?")
    if trial.returncode == 0:
        return Finding(what, name)
    lines = trial.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
    advice = (
        f"{lines[-1][:300]}; pip install --force-reinstall {name}, or set KERAS_BACKEND to one "
        "of: tensorflow, jax, torch"
    )
    # A signal on POSIX, a large status on Windows: the process did not end by itself.
    if not 0 <= trial.returncode < 256:
        advice = (
            f"it ended its process (status {trial.returncode}). Ready-made {name} asks for a "
            "processor with AVX; otherwise set KERAS_BACKEND to another one, installed"
        )
    return Finding(what, f"{name}, which cannot be imported", "missing", advice)


def _hardware():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("processor", f"{cores} cores, {platform.machine()}, {platform.system()}")
    if shutil.which("nvidia-smi"):
        advice = "TensorFlow uses it after: pip install 'medkit[cuda]'"
        yield Finding("GPU", "an NVIDIA driver is there", "ok", advice)
    else:
        yield Finding("GPU", "none: every notebook is sized for a CPU")
    free = shutil.disk_usage(kit.root()).free / 1e9
    advice = "free some: data sets are kept on disk"
    yield _enough("disk", free, DISK_NEEDED_GB, advice)
    if importlib.util.find_spec("psutil"):
        free = importlib.import_module("psutil").virtual_memory().available / 1e9
        advice = "close other programs: a notebook may take 2 GB"
        yield _enough("memory", free, MEMORY_NEEDED_GB, advice)


def _enough(what, free, needed, advice):
    found = f"{free:.1f} GB free"
    return Finding(what, found) if free > needed else Finding(what, found, "note", advice)


def _material():
    found = f"{len(kit.notebooks())} in {kit.root() / 'notebooks'}"
    yield Finding("notebooks", found)
    if not launcher.missing():
        yield from _data()


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
        if any((place / "package.json").is_file() for place in places):
            yield Finding(what, "can work")
        else:
            advice = "pip install --force-reinstall ipywidgets anywidget"
            yield Finding(what, "their JupyterLab extension is absent", "missing", advice)


def report(findings: Iterable[Finding]) -> Iterator[str]:
    """Format findings as lines of text, and a last line that sums them up."""
    findings = list(findings)
    marks = {"ok": "ok     ", "note": "note   ", "missing": "MISSING"}
    for finding in findings:
        yield f"{marks[finding.verdict]} {finding.what:<28} {finding.found}"
        if finding.advice:
            yield f"{'':<37}→ {finding.advice}"
    bad = sum(finding.verdict == "missing" for finding in findings)
    if bad:
        yield f"{bad} thing{'s' * (bad > 1)} to mend: see the arrows above."
    else:
        yield "All is well: open the notebooks with 'medkit lab'."
