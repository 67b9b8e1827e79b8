"""Who may import whom: the imaging chain points one way, and its rooms lie on no circle."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent / "medkit"

#: Part of the kit → parts it may import from (itself is always allowed).
MAY_IMPORT = {
    "constants": set(),
    "image": set(),
    "compiled": set(),
    "anatomy": {"constants", "image", "compiled"},
    "physics": {"constants", "anatomy", "image", "compiled"},
    "data": {"constants", "anatomy", "physics", "image", "kit"},  # the cards lie in the kit
    "learning": {"constants", "data", "image", "kit"},
    "views": {"image"},
    "course": {"views", "image", "kit"},
    "site": {"chapters", "course", "views", "image", "data", "kit"},
    "chapters": {"constants", "anatomy", "physics", "data", "learning", "views", "course", "image"},
}

#: Heavy or special modules → the rooms that may import them.
ONLY_IN = {
    # A solution is a learner's, who writes with Keras.
    "keras": {"learning.backend", "chapters.autoencoder.exercises", "chapters.cnn.exercises"},
    "tensorflow": {"learning.networks"},
    "medkit.learning.backend": {"learning.networks", "learning.pairs", "learning.studies"},
    # The bench is read by learners, who build with ipywidgets.
    "ipywidgets": {"views", "course", "chapters.workbench.bench"},
    "anywidget": {"views", "course"},
    "pydicom": {"data.dicom", "chapters.dicom.exercises"},  # a learner writes with pydicom
}

#: Arrows that may close a circle, and why.
ALLOWED_BACK = {
    # A picture prints itself when it is shown; only then is matplotlib loaded.
    ("medkit.views.explorer.widget", "medkit.views.figures"),
    ("medkit.views.explorer.drawing", "medkit.views.figures"),
    ("medkit.views.explorer.picture", "medkit.views.figures"),
}

#: Parts of what is declared (Jupyter; pooch's requests), and what the learner may choose to add.
COMES_ALONG = {
    "ipython",
    "jupyter-client",
    "jupyter-core",
    "nbconvert",
    "nbformat",
    "traitlets",
    "requests",
    "tornado",
    "packaging",
    "jax",
    "torch",
}

#: A folder above this many files becomes a folder of folders.
MOST_FILES = 12


def files():
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "_kit" not in path.parts]


def module_of(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    )


MODULES = {module_of(path): path for path in files()}
PACKAGES = [name for name, path in MODULES.items() if path.name == "__init__.py"]


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


def lies_in(module, room):
    return module == room or module.startswith(room + ".")


@pytest.mark.parametrize("module", MODULES)
def test_the_chain_points_one_way(module):
    path, part = MODULES[module], (module + ".").split(".")[1]
    for target, line in imports(path):
        for special, rooms in ONLY_IN.items():
            allowed = any(lies_in(module, f"medkit.{room}") for room in rooms)
            assert allowed or not lies_in(target, special), f"{path}:{line} imports {target}"
        names = target.split(".")
        if names[0] == "medkit" and part in MAY_IMPORT and len(names) > 1:
            allowed = MAY_IMPORT[part] | {part, "__version__"}
            assert names[1] in allowed, f"{path}:{line} imports {target}"


def arrows():
    """Yield (module, imported module) of the whole kit, imports inside functions included."""
    for module, path in MODULES.items():
        for target, _ in imports(path):
            while target not in MODULES and "." in target:
                target = target.rpartition(".")[0]
            if target in MODULES and (module, target) not in ALLOWED_BACK:
                yield module, target


ARROWS = list(arrows())


def child_of(package, module):
    """Return the file or folder of a package that a module lies in; None if it lies elsewhere."""
    if module == package:
        return "__init__"
    rest = module.removeprefix(package + ".")
    return rest.partition(".")[0] if rest != module else None


@pytest.mark.parametrize("package", PACKAGES)
def test_files_and_rooms_of_a_package_lie_on_no_circle(package):
    graph = defaultdict(set)
    for module, target in ARROWS:
        a, b = child_of(package, module), child_of(package, target)
        if a and b and a != b:
            graph[a].add(b)
    TopologicalSorter(graph).prepare()  # a CycleError names the circle


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_of_a_package_hides_its_module(package):
    # `from package import name` would give the function, or the module, as the wind blows.
    bound = {}
    for node in ast.parse(MODULES[package].read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            bound |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound[node.name] = node.name
    hidden = [n for n, what in bound.items() if f"{package}.{n}" in MODULES and what not in MODULES]
    assert not hidden


def folders():
    return sorted({p.parent for top in (PACKAGE, TESTS) for p in top.rglob("*") if is_ours(p)})


def is_ours(path):
    passing = {"__pycache__", "_kit", "screenshots"}
    return path.is_file() and not passing & set(path.parts) and not path.name.startswith(".")


@pytest.mark.parametrize("folder", folders(), ids=lambda p: str(p.relative_to(TESTS.parent)))
def test_a_folder_is_small_and_no_name_repeats_it(folder):
    held = sorted(path.name for path in folder.iterdir() if is_ours(path))
    assert len(held) <= MOST_FILES, f"{len(held)} files: make rooms of {held}"
    stems = {name.partition(".")[0].removeprefix("test_") for name in held}
    assert folder.name not in stems, f"a file repeats its folder's name: {held}"


@pytest.mark.parametrize("root", [PACKAGE, TESTS], ids=("kit", "tests"))
def test_what_is_imported_is_declared(root):
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"]
    if root == TESTS:
        lines = sum(project["optional-dependencies"].values(), lines)
    declared = {normal(re.match(r"[\w.-]+", line)[0]) for line in lines} | COMES_ALONG
    tops = {name.partition(".")[0] for path in root.rglob("*.py") for name, _ in imports(path)}
    makers = packages_distributions()
    strange = [
        name
        for name in tops - {"medkit", *sys.stdlib_module_names}
        if not {normal(maker) for maker in makers.get(name, [name])} & declared
    ]
    assert not strange, f"imported, but not declared in pyproject.toml: {sorted(strange)}"


def normal(name):
    return name.lower().replace("_", "-")


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
