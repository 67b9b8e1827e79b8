"""Who may import whom: the imaging chain points one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "medkit"

#: Part of the kit → parts it may import from (itself is always allowed).
MAY_IMPORT = {
    "constants": set(),
    "image": set(),
    "anatomy": {"constants", "image"},
    "physics": {"constants", "anatomy", "image"},
    "data": {"constants", "anatomy", "physics", "image", "kit"},  # the cards lie in the kit
    "learning": {"constants", "data", "image", "kit"},
    "views": {"constants", "anatomy", "physics", "data", "learning", "image"},
    "course": {"views", "image"},
}

#: Heavy or special libraries → the parts that may import them.
ONLY_IN = {
    "keras": {"learning"},
    "tensorflow": {"learning"},
    "ipywidgets": {"views", "course"},
    "anywidget": {"views", "course"},
    "pydicom": {"data"},
}


def imports(path):
    """Yield (module, line) for every import of a file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def files():
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "_kit" not in path.parts]


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_chain_points_one_way(path):
    part = part_of(path)
    for module, line in imports(path):
        names = module.split(".")
        if names[0] in ONLY_IN:
            assert part in ONLY_IN[names[0]], f"{path}:{line} imports {module}"
        if names[0] == "medkit" and part in MAY_IMPORT and len(names) > 1:
            allowed = MAY_IMPORT[part] | {part, "__version__"}
            assert names[1] in allowed, f"{path}:{line} imports {module}"


def test_importing_the_kit_loads_nothing_heavy():
    code = (
        "import sys, medkit; heavy = {'tensorflow', 'keras', 'sklearn', 'matplotlib', "
        "'ipywidgets', 'numpy', 'pydicom', 'numba'} & set(sys.modules); print(sorted(heavy))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_parts_are_imported_when_first_used():
    code = "import medkit; print(medkit.image.Volume)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "medkit.image.Volume" in said.stdout


def test_an_unknown_part_is_an_attribute_error():
    import medkit

    with pytest.raises(AttributeError, match="no attribute 'phisics'"):
        _ = medkit.phisics
