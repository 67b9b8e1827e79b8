"""Run one notebook in a fresh kernel: ``python -m medkit.course.grading.runner NOTEBOOK EVENTS …``.

This is a program of its own, started by `medkit.course.grading`, so that nothing that a
notebook does can reach the grader: it is watched, and killed, together with its kernel.
"""

import json
import queue
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

#: Name of the kernel description that the grader writes.
KERNEL = "medkit-grading"
#: How often a cell is interrupted, and the seconds it has after each, before its kernel is
#: killed: a bare ``except:`` swallows an interrupt, and a long call into a library is deaf.
INTERRUPTS, PATIENCE = 3, 2.0
#: After so many killed or dead kernels the rest is left.
KERNELS = 4
#: A cell that asks the kit for more than a learner needs; the teacher should look at it.
_INSIDE = re.compile(
    r"medkit\.course\.\w|from medkit\.course import (?!exercise|posttest|pretest|quiz|progress)"
    r"|medkit\.chapters\b.*\b(?:exercises|quiz)\b"
)


def main(notebook: Path, events: Path, cell_seconds: float, cpu_seconds: int) -> None:
    """Run all cells, going on after errors, and write what happens as lines of JSON."""
    limit_resources(cpu_seconds)

    def tell(**event):
        with events.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    try:
        import nbformat

        content = nbformat.read(notebook, as_version=4)
        cells = [cell for cell in content.cells if cell.cell_type == "code"]
        sources = [str(cell.source) for cell in cells]
        tagged = ["raises-exception" in (cell.metadata.get("tags") or []) for cell in cells]
    except Exception as error:  # whatever a mangled file makes of the reader
        tell(broken=f"{type(error).__name__}: {str(error)[:200]}")
        return
    for number, source in enumerate(sources, 1):
        if _INSIDE.search(source):
            tell(inside=number)
    try:
        execute(sources, tagged, notebook.parent, cell_seconds, tell)
    except Exception as error:
        tell(crashed=f"{type(error).__name__}: {str(error)[:200]}")
    else:
        tell(done=True)


def execute(sources, tagged, folder: Path, cell_seconds: float, tell) -> None:
    """Run the cells; where one takes the kernel with it, run the others again without it.

    Parameters
    ----------
    sources : list of str
        Code.
    tagged : list of bool
        Which cells raise an error on purpose.
    folder : Path
        Where they run.
    cell_seconds : float
        Limit of one cell.
    tell : callable
        Called with ``cell`` (from 1) and ``error`` for each cell that fails.
    """
    left_out = set()
    for _ in range(KERNELS):
        with _kernel(folder) as (manager, client):
            for index, source in enumerate(sources):
                if index in left_out:
                    continue
                try:
                    reply = _run(manager, client, source, cell_seconds)
                except RuntimeError as problem:
                    left_out.add(index)
                    tell(cell=index + 1, error=str(problem))
                    break
                if "late" in reply:  # should the kernel have to be killed later on
                    left_out.add(index)
                if reply["status"] == "error" and not (tagged[index] and "ename" in reply):
                    tell(cell=index + 1, error=str(reply.get("ename", reply.get("late")))[:80])
            else:
                return
    raise RuntimeError(f"{KERNELS} kernels died or had to be killed")


@contextmanager
def _kernel(folder):
    """Start a kernel; end it afterwards, whatever it does."""
    from jupyter_client.manager import KernelManager

    folder.mkdir(exist_ok=True)  # a notebook may have removed it
    manager = KernelManager(kernel_name=KERNEL)
    manager.start_kernel(cwd=str(folder))
    client = manager.client()
    try:
        client.start_channels(stdin=False, hb=False)
        client.wait_for_ready(timeout=60)
        # What cells print could fill the memory, and nobody reads it.
        client.iopub_channel.stop()
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _run(manager, client, source, seconds):
    """Run one cell and return the kernel's reply; it ends here, or its kernel does."""
    id = client.execute(source, allow_stdin=False, stop_on_error=False)
    reply = _reply(manager, client, id, seconds)
    if reply is not None:
        # After exit() and quit() a kernel still replies, but not for long.
        if any(item.get("source") == "ask_exit" for item in reply.get("payload", ())):
            raise RuntimeError("ended its kernel")
        return reply
    late = f"did not end within {seconds:g} s"
    for _ in range(INTERRUPTS):
        manager.interrupt_kernel()
        if _reply(manager, client, id, PATIENCE) is not None:
            return {"status": "error", "late": late}
    raise RuntimeError(f"{late} and could not be interrupted")


def _reply(manager, client, id, seconds):
    """Wait for the reply to a request; None if it does not come in time."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            message = client.get_shell_msg(timeout=min(left, 1))
        except queue.Empty:
            if not manager.is_alive():
                raise RuntimeError("the kernel died") from None
            continue
        if message["parent_header"].get("msg_id") == id:
            return message["content"]
    return None


def limit_resources(cpu_seconds: int) -> None:
    """Where the system can, hold back core dumps, huge files and runs without a watcher."""
    try:
        import resource
    except ImportError:  # Windows: the watcher's limits must do
        return
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 2**30,
        resource.RLIMIT_CPU: cpu_seconds,
    }
    for name, value in limits.items():
        _, hard = resource.getrlimit(name)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (allowed, allowed))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
