"""Run a notebook and store what it showed, so that nbval can compare it later."""

import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

from medkit import kit

#: All the metadata a stored notebook carries; more differs between machines and editors.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def kernel_usage(pid: int) -> tuple[float, float]:
    """Return CPU seconds and peak memory in MB that a kernel process has used.

    The peak is the resident high-water mark where the system tells it (Linux,
    Windows) and the present resident size elsewhere.
    """
    import psutil

    process = psutil.Process(pid)
    times = process.cpu_times()
    memory = process.memory_info()
    peak = getattr(memory, "peak_wset", memory.rss)
    status = Path(f"/proc/{pid}/status")
    if status.is_file():
        peak = int(re.search(r"VmHWM:\s*(\d+)", status.read_text(encoding="utf-8"))[1]) * 1024
    return times.user + times.system, peak / 1e6


def store(path: Path, *, seconds: float = 120) -> tuple[float, float]:
    """Execute a notebook in a fresh kernel and write it back with its outputs.

    Parameters
    ----------
    path : Path
        The notebook; written only if every cell succeeds.
    seconds : float
        Limit of one cell.

    Returns
    -------
    tuple of float
        CPU seconds and peak memory (MB) of its kernel.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails; the file is left as it was.
    """
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(path, as_version=4)
    client = NotebookClient(
        book,
        timeout=seconds,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,  # one stream a cell, however the kernel cut it
        resources={"metadata": {"path": str(path.parent)}},
    )
    # What `interact` draws is stored below the cell, where a page without a kernel shows it.
    client.widget_registry = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        environment(
            # The author's own progress must neither show up in the outputs nor change.
            MEDKIT_PROGRESS=str(Path(folder) / "progress.json"),
            # ipykernel then leaves C-level log lines alone, as it does under nbval.
            PYTEST_CURRENT_TEST="store",
            MEDKIT_STILLS="1",
        ),
        client.setup_kernel(),
    ):
        for index, cell in enumerate(book.cells):
            client.execute_cell(cell, index)
        used = kernel_usage(client.km.provisioner.pid)
    book.metadata = nbformat.from_dict(METADATA)
    for cell in book.cells:
        cell.metadata.pop("execution", None)
    kit.write_whole(path, f"{nbformat.writes(book)}\n".encode())
    return used


@contextmanager
def environment(**variables):
    """Set environment variables for a while; a kernel started meanwhile sees them."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            os.environ.pop(name)
        os.environ.update(before)
