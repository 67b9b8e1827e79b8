"""Run a program under limits, and leave nothing of it behind.

Limits hold for the program and all it starts. Memory is what is resident: limiting
address space instead (``RLIMIT_AS``) would stop numerical libraries, which reserve far
more than they use.
"""

import os
import subprocess
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

#: Set in the program's environment, inherited by all it starts, even by what detaches itself.
_MARK = "MEDKIT_WATCHED_RUN"


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
    mark = uuid.uuid4().hex
    start, peak, status = time.monotonic(), 0.0, "ended"
    program = subprocess.Popen(
        command,
        cwd=folder,
        env={**env, _MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
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
            if status != "ended":
                break
            time.sleep(every_s)
    finally:
        _end(family, mark)
        program.wait()
    return Outcome(status, time.monotonic() - start, peak)


def _grow(family):
    """Add new children; forget processes that ended, keep those that lost their parent."""
    for process in list(family.values()):
        try:
            # Listing children looks at every process there is, so ask only those that no
            # other member will name: the program itself, and who lost their parent.
            if process.ppid() in family:
                continue
            for child in process.children(recursive=True):
                family.setdefault(child.pid, child)
        except psutil.Error:
            pass
    for pid, process in list(family.items()):
        if not process.is_running():
            del family[pid]


def _resident_mb(processes: Iterable[psutil.Process]) -> float:
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total / 1e6


def _end(family, mark):
    """Kill the family, again and again while it still has children, then search by mark."""
    for _ in range(20):
        _grow(family)
        alive = [p for p in family.values() if _alive(p)] or _marked(mark)
        if not alive:
            return
        for process in alive:
            try:
                process.kill()
            except psutil.Error:
                continue
        psutil.wait_procs(alive, timeout=1)


def _alive(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _marked(mark):
    """Find processes that detached themselves but carry this run's mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(_MARK) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return [process for process in found if _alive(process)]
