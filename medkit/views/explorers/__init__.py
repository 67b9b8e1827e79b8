"""Every explorer of the notebooks, one module a topic: ``explorers.ct.dose()``.

A module here holds pure draw functions under the `explorer` decorator of
`medkit.views.explorer`, and nothing else; `all` finds them for the tests.
"""

import importlib
import pkgutil
from collections.abc import Iterator


def topics() -> list[str]:
    """Return the names of the topic modules."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def all() -> Iterator:
    """Import every topic and yield (``"topic.name"``, factory) of each explorer."""
    from medkit.views.explorer import ExplorerFactory

    for topic in topics():
        module = importlib.import_module(f"{__name__}.{topic}")
        for name, factory in vars(module).items():
            if isinstance(factory, ExplorerFactory) and factory.__module__ == module.__name__:
                yield f"{topic}.{name}", factory


def __getattr__(name):
    """Import a topic the first time it is touched (PEP 562)."""
    if name in topics():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"no explorers about {name!r}; there are: {', '.join(topics())}")


def __dir__():
    """List the topics too."""
    return sorted({*globals(), *topics()})
