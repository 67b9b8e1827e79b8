"""Every explorer of the notebooks by its topic: ``explorers.ct.dose()``.

``explorers.ct`` is ``ct/explorers.py``; what lies beside it follows its name:
``explorers.ct_artefacts`` is ``ct/artefacts.py``. `all` finds every explorer for the tests.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path


def _module(path):
    chapter, name = path.parent.name, path.stem
    return chapter if name == "explorers" else f"{chapter}_{name}", f"{chapter}.{name}"


def _modules() -> dict[str, str]:
    """Return topic → module, without importing any."""
    found = Path(__file__).parent.glob("*/[a-z]*.py")
    return dict(_module(path) for path in found if path.stem != "exercises")


def topics() -> list[str]:
    """Return the names of the topics."""
    return sorted(_modules())


def all() -> Iterator:
    """Import every topic and yield (``"topic.name"``, factory) of each explorer."""
    from medkit.views.explorer import ExplorerFactory

    for topic in topics():
        module = __getattr__(topic)
        for name, factory in vars(module).items():
            if isinstance(factory, ExplorerFactory) and factory.__module__ == module.__name__:
                yield f"{topic}.{name}", factory


def __getattr__(name):
    """Import a topic the first time it is touched (PEP 562)."""
    modules = {} if name.startswith("_") else _modules()
    if name in modules:
        globals()[name] = importlib.import_module(f"medkit.chapters.{modules[name]}")
        return globals()[name]
    raise AttributeError(f"no explorers about {name!r}; there are: {', '.join(topics())}")


def __dir__():
    """List the topics too."""
    return sorted({*globals(), *topics()})
