"""Run one notebook in a fresh kernel: ``python -m medkit.course.runner NOTEBOOK EVENTS``.

This is a program of its own, started by `medkit.course.grading`, so that nothing that a
notebook does can reach the grader: it is watched, and killed, together with its kernel.
"""

import json
import sys
from pathlib import Path

#: Name of the kernel description that the grader writes: this very Python.
KERNEL = "medkit-grading"


def main(notebook: Path, events: Path, cpu_seconds: int) -> None:
    """Run all cells, going on after errors, and write what happens as lines of JSON."""
    limit_resources(cpu_seconds)

    def tell(**event):
        with events.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    try:
        import nbformat

        content = nbformat.read(notebook, as_version=4)
        cells = list(content.cells)
    except Exception as error:  # whatever a mangled file makes of the reader
        tell(broken=f"{type(error).__name__}: {str(error)[:200]}")
        return
    try:
        execute(content, cells, notebook.parent, tell)
    except Exception as error:
        tell(crashed=f"{type(error).__name__}: {str(error)[:200]}")
    else:
        tell(done=True)


def execute(content, cells, folder: Path, tell) -> None:
    """Run the cells in a fresh kernel; `tell` of each that fails."""
    from nbclient import NotebookClient

    class Client(NotebookClient):
        def output(self, outs, msg, display_id, cell_index):
            """Drop what cells print: it could fill the memory, and nobody reads it."""

    code = [index for index, cell in enumerate(cells) if cell.cell_type == "code"]

    def on_error(cell, cell_index, execute_reply):
        if "raises-exception" not in cell.metadata.get("tags", []):
            reply = execute_reply["content"]
            tell(
                cell=code.index(cell_index) + 1,
                error=str(reply.get("ename", "error"))[:80],
                message=str(reply.get("evalue", ""))[:200],
            )

    client = Client(
        content,
        kernel_name=KERNEL,
        allow_errors=True,
        timeout=None,
        startup_timeout=60,
        raise_on_iopub_timeout=False,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_error=on_error,
    )
    client.execute()


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
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
