"""From a fresh clone to a working environment, with the standard library alone.

`prepare` looks whether the packages that a command needs are there. If so (a hub,
Colab, an own environment, the second start) it does nothing. If not, it makes
``.venv`` beside ``pyproject.toml``, installs the kit with its tested versions,
and runs the same command again inside. This module must stay readable for old
Pythons: it is what tells their owners that they are too old.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)
ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = Path(__file__).resolve().parent / "constraints.txt"

#: Which optional dependencies of pyproject.toml a command needs. A command that is
#: not listed (``--help``, ``doctor``) runs on whatever is there.
EXTRA = {
    **{"lab": "", "demo": "", "grade": "", "assignment": "", "data": ""},
    **{"store": "test", "test": "test", "bench": "test"},
}


class SetupError(Exception):
    """Something on this machine prevents the set-up; the text says what to do."""


def prepare(argv):
    """Return None if the command can run right here, else its exit status.

    Parameters
    ----------
    argv : list of str
        The command and its arguments.
    """
    command = next((a for a in argv if not a.startswith("-")), None)
    try:
        check_python(sys.version_info[:2])
        if command not in EXTRA or "--help" in argv or "-h" in argv:
            return _reenter(argv) if command == "doctor" and _is_elsewhere() else None
        if not missing(EXTRA[command]):
            return None
        install(EXTRA[command])
    except SetupError as problem:
        print(f"medkit: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmedkit: stopped. The same command goes on where it stopped.", file=sys.stderr)
        return 130
    return _reenter(argv)


def check_python(version):
    """Refuse a Python that the packages do not support.

    Parameters
    ----------
    version : tuple of int
        Major and minor number.

    Raises
    ------
    SetupError
        If it is older or newer than what was tested.
    """
    if OLDEST <= tuple(version) <= NEWEST:
        return
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = [name for name in names if shutil.which(name)]
    advice = (
        f"You have one: type {found[0]} -m medkit instead."
        if found
        else "Install Python {}.{} and run the same command with it.".format(*NEWEST)
    )
    raise SetupError(
        "this is Python {}.{}; the kit needs Python {}.{} to {}.{}. {}".format(
            version[0], version[1], *OLDEST + NEWEST, advice
        )
    )


def requirements(extra=""):
    """List what pyproject.toml asks for.

    Parameters
    ----------
    extra : str
        Name of an optional group to include.

    Returns
    -------
    list of str
        Requirements such as ``"numpy>=2.1"``.
    """
    project = ROOT / "pyproject.toml"
    if not project.is_file():  # installed by pip, with all it needs
        return []
    import tomllib

    table = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    groups = table["optional-dependencies"]
    return table["dependencies"] + (groups[extra] if extra else [])


def missing(extra=""):
    """List the requirements that this environment does not meet.

    Parameters
    ----------
    extra : str
        Name of an optional group to include.

    Returns
    -------
    list of str
        What is absent or older than its lower bound.
    """
    from importlib.metadata import PackageNotFoundError, version

    def numbers(text):
        return tuple(int(n) for n in re.findall(r"\d+", text)[:3])

    lacking = []
    for line in requirements(extra):
        name, _, least = line.partition(">=")
        name = name.split("[")[0].strip()
        try:
            installed = version(name)
        except PackageNotFoundError:
            lacking.append(line)
        else:
            if least and numbers(installed) < numbers(least):
                lacking.append(line)
    return lacking


def environment():
    """Return the folder and the interpreter of the kit's own environment."""
    folder = ROOT / ".venv"
    windows = os.name == "nt"
    return folder, folder / ("Scripts/python.exe" if windows else "bin/python")


def _is_elsewhere():
    """Whether the packages are not here but in the kit's own environment."""
    _, python = environment()
    return bool(missing()) and python.is_file()


def install(extra):
    """Make or complete ``.venv``; do nothing if that was done before.

    Parameters
    ----------
    extra : str
        Name of an optional group to include.

    Raises
    ------
    SetupError
        If the environment cannot be made or a package cannot be had.
    """
    folder, python = environment()
    stamp = folder / f"with_{extra}.medkit"
    # All that decides what an installation holds.
    wanted = "\n".join([*requirements(extra), CONSTRAINTS.read_text(encoding="utf-8")])
    if python.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    _make(folder)
    _pip(python, extra)
    stamp.write_text(wanted, encoding="utf-8")


def _make(folder):
    """Make an environment, or mend the one that is there."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise SetupError(
                "this Python lacks its '{}' module. On Debian or Ubuntu install it with "
                "'sudo apt install python{}.{}-venv', then run the same command "
                "again.".format(module, *sys.version_info[:2])
            )
    print(f"medkit: making an environment in {folder}", flush=True)
    if subprocess.call([sys.executable, "-m", "venv", str(folder)]):
        raise SetupError(
            f"could not make {folder}, see above. Where you may not write, copy the kit to a "
            "folder of your own and run the same command there."
        )


def _pip(python, extra):
    """Install the kit; pip itself says how far it is, and what stops it."""
    print("medkit: installing the tested packages (once; 4 GB on disk, a few minutes)", flush=True)
    kit = "{}{}".format(ROOT, f"[{extra}]" if extra else "")
    options = ["--disable-pip-version-check", "--no-input", "--retries", "2"]
    options += ["--constraint", str(CONSTRAINTS), "--editable", kit]
    if subprocess.call([str(python), "-m", "pip", "install", *options]):
        raise SetupError(
            "pip could not install the packages, see above. They need 4 GB on the disk and a "
            "network connection (behind a proxy set HTTPS_PROXY, behind a network that reads along "
            "PIP_CERT). Then run the same command again; it goes on where it stopped."
        )
    subprocess.call([str(python), "-c", "from medkit import kit; kit.warm_up()"])
    print("medkit: ready")


def _reenter(argv):
    """Run the same command inside the kit's own environment."""
    _, python = environment()
    command = [str(python), "-m", "medkit", *argv]
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(str(python), command)
    # Windows has no exec that keeps the console: wait for the child instead.
    return subprocess.call(command)
