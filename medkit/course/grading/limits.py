"""Run a program under limits, and leave nothing of it behind.

Limits hold for the program and all it starts. Memory is what is resident: limiting
address space instead (``RLIMIT_AS``) would stop numerical libraries, which reserve far
more than they use.
"""

import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Outcome:
    """How a watched program ended.

    Parameters
    ----------
    status : str
        ``"ended"``, or the limit that was passed: ``"timeout"``, ``"memory"`` or
        ``"processes"``.
    seconds : float
        Wall time.
    peak_mb : float
        Most resident memory seen, in MB, of all processes together.
    """

    status: str
    seconds: float
    peak_mb: float


def watch(
    command: Sequence[str],
    folder: Path,
    *,
    env: dict[str, str],
    seconds: float,
    megabytes: float,
    processes: int = 64,
    every_s: float = 0.1,
) -> Outcome:
    """Run a command in a folder until it ends or passes a limit, then end all it started.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    folder : Path
        Where it runs.
    env : dict of str
        Its whole environment.
    seconds, megabytes : float
        Limits of wall time and of resident memory.
    processes : int
        Limit of how many processes it may consist of.
    every_s : float
        How often to look.
    """
    start, peak, status = time.monotonic(), 0.0, "ended"
    program = subprocess.Popen(
        command, cwd=folder, env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,  # what kills its process group does not reach us
    )  # fmt: skip
    family = {program.pid: psutil.Process(program.pid)}
    try:
        while program.poll() is None:
            _grow(family)
            memory = _resident_mb(family.values())
            peak = max(peak, memory)
            if memory > megabytes:
                status = "memory"
            elif len(family) > processes:
                status = "processes"
            elif time.monotonic() - start > seconds:
                status = "timeout"
            else:
                time.sleep(every_s)
                continue
            break
    finally:
        _end(family)
        program.wait()
    return Outcome(status, time.monotonic() - start, peak)


def _grow(family):
    """Add new children; forget processes that ended, keep those that lost their parent."""
    for process in list(family.values()):
        with suppress(psutil.Error):
            # Listing children looks at every process there is, so ask only those that no
            # other member will name: the program itself, and who lost their parent.
            if process.ppid() not in family:
                for child in process.children(recursive=True):
                    family.setdefault(child.pid, child)
    for pid, process in list(family.items()):
        if not process.is_running():
            del family[pid]


def _resident_mb(processes: Iterable[psutil.Process]) -> float:
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total / 1e6


def _end(family):
    """Kill the family, again and again while it still has children."""
    for _ in range(20):
        _grow(family)
        alive = [process for process in family.values() if _alive(process)]
        if not alive:
            return
        for process in alive:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(alive, timeout=1)


def _alive(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
