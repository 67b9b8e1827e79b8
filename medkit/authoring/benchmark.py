"""Time the kit beside the library a user would pick instead, in one run.

A benchmark is a function in ``tests/benchmarks/bench_*.py`` marked with
`benchmark`; it prepares its data and returns a `Comparison` (two callables that
`run` times in turn, so that a busy machine slows both) or finished `Row` values.
Times are CPU seconds of the whole process: the median over the rounds.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

#: Work name → function, filled by the decorator when a benchmark module is imported.
REGISTRY: dict[str, Callable] = {}


@dataclass(frozen=True)
class Comparison:
    """Two ways to do the same work, to be timed in turn.

    Parameters
    ----------
    ours, peer : callable
        Do the work once; `peer` is None where no library does it.
    peer_name : str
        What a user would pick instead.
    error_ours, error_peer : float, optional
        Error of each against the truth, in the same measure.
    note : str
        Sizes, and what the error measures.
    rounds : int
        How often each is timed.
    """

    ours: Callable[[], object]
    peer: Callable[[], object] | None
    peer_name: str
    error_ours: float | None = None
    error_peer: float | None = None
    note: str = ""
    rounds: int = 7


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds of both, and how many times faster we are."""

    work: str
    ours: float
    peer: float | None
    ratio: float | None
    error_ours: float | None
    error_peer: float | None
    peer_name: str = ""
    note: str = ""


def benchmark(work: str):
    """Register a function under the name of the work it times."""

    def register(function):
        REGISTRY[work] = function
        return function

    return register


def time_pair(comparison: Comparison) -> tuple[float, float | None]:
    """Return the median CPU seconds of both callables, run in turn after one warm-up."""
    pair = [comparison.ours] + ([comparison.peer] if comparison.peer else [])
    times: list[list[float]] = [[] for _ in pair]
    for callable_ in pair:
        callable_()
    for _ in range(comparison.rounds):
        for callable_, seconds in zip(pair, times, strict=True):
            # Short work is repeated within a round: the CPU clock ticks in micro-seconds,
            # but caches and the scheduler make a single millisecond unreliable.
            start, repeats = time.process_time(), 0
            while repeats == 0 or time.process_time() - start < 0.02:
                callable_()
                repeats += 1
            seconds.append((time.process_time() - start) / repeats)
    medians = [statistics.median(t) for t in times]
    return medians[0], medians[1] if comparison.peer else None


def load(folder: Path) -> None:
    """Import every ``bench_*.py`` of a folder, which registers its benchmarks."""
    sys.path.insert(0, str(folder))
    for path in sorted(folder.glob("bench_*.py")):
        import_module(path.stem)


def run(names: Iterable[str] = ()) -> Iterable[Row]:
    """Run the named benchmarks (a name also selects what begins with it), or all.

    Raises
    ------
    KeyError
        If a name matches no registered benchmark.
    """
    names = tuple(names) or ("",)
    for name in names:
        if not any(work.startswith(name) for work in REGISTRY):
            raise KeyError(f"no benchmark {name!r}; there are: {', '.join(sorted(REGISTRY))}")
    for work in sorted(work for work in REGISTRY if work.startswith(names)):
        result = REGISTRY[work]()
        if isinstance(result, Comparison):
            ours, peer = time_pair(result)
            errors = result.error_ours, result.error_peer
            ratio = peer / ours if peer else None
            yield Row(work, ours, peer, ratio, *errors, result.peer_name, result.note)
        else:
            yield from [result] if isinstance(result, Row) else result


def table(rows: Iterable[Row]) -> Iterable[str]:
    """Format rows as the lines of one plain-text table, as they come in."""
    yield f"{'work':<22}{'ours':>12}{'peer':>12}{'ratio':>9}  {'error ours / peer':<21}peer"

    def ms(seconds):
        return "–" if seconds is None else f"{seconds * 1e3:.2f} ms"

    def number(value):
        return "–" if value is None else f"{value:.4g}"

    for row in rows:
        ratio = "–" if row.ratio is None else f"{row.ratio:.1f}×"
        error = f"{number(row.error_ours)} / {number(row.error_peer)}"
        note = f" ({row.note})" if row.note else ""
        yield (
            f"{row.work:<22}{ms(row.ours):>12}{ms(row.peer):>12}{ratio:>9}  {error:<21}"
            f"{row.peer_name}{note}"
        )
