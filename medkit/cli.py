"""The ``medkit`` command: one small function a verb."""

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from medkit import __version__

#: Memory that one of several test processes may need, its notebook's kernel included.
TEST_WORKER_BYTES = 5e9
#: Makes a Jupyter server send each answer at once; JupyterLab by itself does not.
PROMPT_SERVER = "--ServerApp.kernel_websocket_connection_class=medkit.views.prompt.PromptConnection"
#: What ``medkit grade --help`` ends with.
GRADING = """\
The learner is the first sub-folder, or the file's name without the notebook's
(alice_11_ct.ipynb). Of several attempts at an exercise the best counts. NOT prevented: reading or
changing your files and this kit, using the network, copying solutions. Use an account that owns
nothing else, or a container.
"""


def parser() -> argparse.ArgumentParser:
    """Describe every command; ``medkit --help`` prints it."""
    top = argparse.ArgumentParser(
        prog="medkit",
        description="Learn and explore AI in medical imaging: from photons to diagnosis.",
        epilog="In a clone without an installation, write 'python3 -m medkit' for 'medkit'.",
    )
    top.add_argument("--version", action="version", version=f"medkit {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="COMMAND")

    def verb(name, function, text, **more):
        sub = verbs.add_parser(
            name, help=text, description=text[0].upper() + text[1:] + ".", **more
        )
        sub.set_defaults(function=function)
        return sub

    sub = verb("lab", lab, "open the notebooks in JupyterLab")
    where = sub.add_mutually_exclusive_group()
    where.add_argument(
        "--folder", type=_path, help="where your copies of the notebooks go (~/medkit by default)"
    )
    where.add_argument(
        "--originals", action="store_true", help="for authors: open the notebooks of the clone"
    )
    sub = verb("demo", demo, "open an explorer alone, full screen; without a name: list them")
    what = sub.add_mutually_exclusive_group()
    what.add_argument("name", nargs="?", metavar="NAME", help="such as ct.dose")
    what.add_argument("--workshop", action="store_true", help="ten of them in order, with words")
    sub = verb("test", test, "run the tests and compare every notebook with its stored outputs")
    sub.add_argument("--thorough", action="store_true", help="run the long tests instead")
    verb("doctor", doctor, "check versions, hardware, data and widgets; say what to do")
    _data_verbs(verb("data", data, "list, show and fetch data sets"))
    sub = verb("bench", bench, "time the kit beside the libraries a user would pick instead")
    sub.add_argument("names", nargs="*", metavar="NAME", help="work to time, such as ct.fbp or ct")
    text = "run handed-in notebooks and write one CSV row for each file"
    sub = verb("grade", grade, text, epilog=GRADING)
    sub.add_argument("source", type=_path, metavar="FOLDER_OR_FILE")
    sub.add_argument("--output", type=_path, default=Path("grades.csv"), metavar="CSV")
    text = "time limit of a notebook; a cell has a third"
    sub.add_argument("--seconds", type=_positive, default=180, help=text)
    sub.add_argument("--megabytes", type=_positive, default=3000, help="memory limit of a notebook")
    sub = verb("assignment", assignment, "write a notebook as an assignment of nbgrader or Otter")
    sub.add_argument("notebook", type=_path, metavar="NOTEBOOK", help="a file, or such as 11_ct")
    sub.add_argument("folder", type=_path, metavar="FOLDER", help="nbgrader's course, or any")
    kind = sub.add_mutually_exclusive_group(required=True)
    for name in ("nbgrader", "otter"):
        kind.add_argument(f"--{name}", dest="kind", action="store_const", const=name)
    sub.add_argument("--exam", action="store_true", help="without the checks that learners see")
    sub = verb("site", site, "build the course as web pages that need no kernel, and show them")
    text = "new or empty, or an older site"
    sub.add_argument("folder", nargs="?", type=_path, metavar="FOLDER", help=text)
    text = "build this page, such as 11_ct"
    sub.add_argument("--only", action="append", default=[], metavar="NAME", help=text)
    sub.add_argument("--serve", action="store_true", help="then show it to this computer")
    sub.add_argument("--port", type=int, default=8000)
    sub = verb("store", store, "for authors: run notebooks and store their outputs")
    sub.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="all by default")
    return top


def _data_verbs(sub):
    """Describe ``medkit data …``."""
    deeds = sub.add_subparsers(dest="deed", metavar="DEED")
    deeds.add_parser("list", help="every data set, and whether it is on this computer")
    deed = deeds.add_parser("show", help="what is known about one, its licence first")
    deed.add_argument("names", nargs=1, metavar="NAME")
    deed = deeds.add_parser("fetch", help="bring sets into the data folder")
    deed.add_argument("names", nargs="+", metavar="NAME")
    deed.add_argument("--size", type=int, metavar="PIXELS", help="28 or 64 for MedMNIST")


def _path(text: str) -> Path:
    # Shells leave the ~ of --folder=~/mine.
    return Path(os.path.expanduser(text))


def _positive(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def run(argv: list[str]) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    argv : list of str
        The command and its arguments; what `lab`, `test` and `demo` do not know themselves
        is passed on to JupyterLab, pytest and Voilà.
    """
    top = parser()
    options, extra = top.parse_known_args(argv)
    if options.verb is None:
        top.print_help()
        return 0
    if extra and options.verb not in ("lab", "test", "demo"):
        top.error(f"unknown arguments: {' '.join(extra)}")
    options.extra = [word for word in extra if word != "--"]
    try:
        return options.function(options)
    except KeyboardInterrupt:
        print("\nmedkit: stopped", file=sys.stderr)
        return 130
    except (OSError, KeyError, ValueError, RuntimeError) as problem:  # the last: no home folder
        message = problem.args[0] if isinstance(problem, KeyError) else problem
        print(f"medkit: {message}", file=sys.stderr)
        return 1


def lab(options) -> int:
    """Open JupyterLab on the learner's own copies, brought up to date, or on the originals."""
    from medkit import kit

    if options.originals:
        folder = kit.root() / "notebooks"
    else:
        folder = options.folder or kit.learners_folder()
        new = not folder.exists()
        lines = kit.copy_notebooks(folder)
        if new:
            print(f"medkit: your own copies of the {len(lines)} files are in {folder}")
        else:
            print("".join(f"medkit: {line}\n" for line in lines), end="")
    hub = "JUPYTERHUB_API_TOKEN" in os.environ  # started by a hub: notebooks/teaching.md
    command = [
        sys.executable,
        "-m",
        "jupyterhub.singleuser" if hub else "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--{'ServerApp' if hub else 'LabApp'}.default_url=/lab/tree/00_start_here.ipynb",
        f"--LabApp.app_settings_dir={Path(__file__).with_name('lab_settings')}",
        PROMPT_SERVER,
    ]
    if not options.originals:  # an author's are stored as they are
        command.append("--ServerApp.contents_manager_class=medkit.views.contents.Contents")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Containers and class-room machines often have no other user.
        command.append("--allow-root")
    if hub:  # it stops the process that it started, which must not be another's parent
        os.execve(sys.executable, command + options.extra, kit.child_environment())
    print(f"medkit: opening JupyterLab on {folder} (Ctrl+C twice stops it)", flush=True)
    try:
        return subprocess.call(command + options.extra, env=kit.child_environment())
    except KeyboardInterrupt:
        return 0


def demo(options) -> int:
    """Open one explorer, or the workshop's ten, as a page; or list them all."""
    from medkit import kit
    from medkit.chapters import demos

    if not (options.name or options.workshop):
        print("\n".join(demos.listing(kit.notebooks())))
        return 0
    sources = demos.page(options.name, kit.notebooks())
    title = options.name or "workshop"
    print(f"medkit: opening {title} in the browser (Ctrl+C stops it)", flush=True)
    return demos.show(sources, title, kit.child_environment(), options.extra)


def test(options) -> int:
    """Run pytest; on another Keras backend notebooks run without comparing outputs."""
    from medkit import kit

    env = kit.child_environment()
    command = [sys.executable, "-m", "pytest", *options.extra]
    if options.thorough:
        command += ["-m", "thorough"]
    if not options.extra and (workers := _test_workers()) > 1:
        # A file stays in one process: a notebook has one kernel, and fixtures are shared.
        command += ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]
        # Linear algebra waits by spinning: with more threads than cores all wait for each other.
        env.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        command.append("--nbval-lax")
    if not kit.is_checkout():
        # A wheel carries the notebooks but not the tests: the notebooks are the tests.
        command += ["-p", "medkit.authoring.comparison", "--nbval", "--nbval-current-env"]
        command += ["--nbval-cell-timeout=120"]
        command += [str(path) for path in kit.notebooks()]
    return subprocess.call(command, cwd=kit.root(), env=env)


def _test_workers() -> int:
    """Return in how many processes tests can run: by cores, memory and what is installed."""
    import psutil

    if not importlib.util.find_spec("xdist"):
        return 1
    return min(os.cpu_count() or 1, int(psutil.virtual_memory().total / TEST_WORKER_BYTES))


def doctor(options) -> int:
    """Print what was found and what to do; 1 if something needed is missing."""
    from medkit import diagnosis

    findings = list(diagnosis.examine())
    print("\n".join(diagnosis.report(findings)))
    return int(any(finding.verdict == "missing" for finding in findings))


def data(options) -> int:
    """List, show or fetch data sets; ``medkit data`` alone lists them."""
    from medkit.data.sets import command

    if options.deed == "fetch":
        for line in command.fetching(options.names, options.size):
            print(line, flush=True)
        return 0
    lines = command.showing(options.names[0]) if options.deed == "show" else command.listing()
    print("\n".join(lines))
    return 0


def bench(options) -> int:
    """Print the table as its rows come in."""
    from medkit import kit
    from medkit.authoring import benchmark

    if "numpy" not in sys.modules:  # the libraries read these when they are loaded
        # Threads that wait for work spin, and would be counted as CPU time of both sides.
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")

    folder = kit.root() / "tests" / "benchmarks"
    if not folder.is_dir():
        raise FileNotFoundError("the benchmarks are in a clone of the kit, not in a wheel")
    benchmark.load(folder)
    for line in benchmark.table(benchmark.run(options.names)):
        print(line, flush=True)
    return 0


def grade(options) -> int:
    """Grade what was handed in; every learner has a row, whatever their notebook does."""
    from medkit.course import grading

    def say(row):
        print(f"{row.learner}: {row.status}, {row.score:g} of {row.max:g}", flush=True)

    limits = {"seconds": options.seconds, "megabytes": options.megabytes}
    rows = grading.grade(options.source, options.output, on_row=say, **limits)
    graded = sum(row.status not in ("no notebook", "unknown") for row in rows)
    print(f"medkit: graded {graded} of {len(rows)} files that were handed in, see {options.output}")
    return 0


def assignment(options) -> int:
    """Write the source of an assignment and say what to type next."""
    from medkit import kit
    from medkit.course import assignments

    known = {path.stem: path for path in kit.notebooks()}
    notebook = known.get(str(options.notebook), options.notebook)
    paths = assignments.export(notebook, options.folder, options.kind, exam=options.exam)
    print("".join(f"medkit: wrote {path}\n" for path in paths), end="")
    then = {
        "nbgrader": f"cd {options.folder} && nbgrader generate_assignment {notebook.stem}",
        "otter": f"otter assign {paths[0]} {options.folder / 'dist'}",
    }
    print(f"medkit: then type: {then[options.kind]}")
    return 0


def site(options) -> int:
    """Build what is out of date, and serve it if asked to."""
    import platformdirs

    from medkit import site as web

    folder = options.folder or platformdirs.user_cache_path("medkit") / "site"
    made = web.build(folder, options.only, say=lambda line: print(line, flush=True))
    print(f"medkit: made {len(made)} pages anew; open {folder / 'index.html'}")
    if options.serve:
        print("medkit: serving it (Ctrl+C stops)", flush=True)
        server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
        return subprocess.call([*server, "--directory", str(folder), str(options.port)])
    return 0


def store(options) -> int:
    """Run each notebook top to bottom in a fresh kernel and write its outputs into it."""
    from medkit import kit
    from medkit.authoring import notebook

    for path in options.notebooks or kit.notebooks():
        seconds, megabytes = notebook.store(path)
        print(f"{path.name}: {seconds:.0f} s of CPU time, {megabytes:.0f} MB", flush=True)
    return 0
