"""Weights that are kept are those that a notebook's own cells train."""

import json

import numpy as np
import pytest

from medkit import kit
from medkit.authoring import datasets
from medkit.data.sets import kept

#: What each notebook prints as the number of its network's weights, times its networks.
SIZES = {"trust_team": 3 * 3777, "stroke_unet": 33_241}


def test_the_maker_runs_a_notebook_up_to_the_training(tmp_path):
    cells = [
        {"cell_type": "code", "id": "a", "source": "import numpy as np\nones = np.ones(3)"},
        {"cell_type": "markdown", "id": "b", "source": "net = None"},
        {
            "cell_type": "code",
            "id": "c",
            "source": "class net:\n    get_weights = lambda: [2 * ones, np.zeros((2, 2))]",
        },
        {"cell_type": "code", "id": "d", "source": "raise SystemExit"},
    ]
    empty = {"metadata": {}, "outputs": [], "execution_count": None}
    cells = [c | (empty if c["cell_type"] == "code" else {"metadata": {}}) for c in cells]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "book.ipynb").write_text(json.dumps(content))
    file = kept.make("some", tmp_path / "book.ipynb", "c", "net", tmp_path)
    assert file.name == "some.npz"
    with np.load(file) as held:
        assert sorted(held.files) == ["w0", "w1"]
        assert held["w0"].tolist() == [2, 2, 2]


@pytest.mark.parametrize("name", SIZES)
def test_kept_weights_are_loaded_after_the_cell_that_trains(name):
    _, _, notebook, last, model = datasets.FILES[name]
    cells = json.loads((kit.root() / notebook).read_text(encoding="utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    loads = next(id for id, text in sources.items() if f'kept.load("{name}")' in text)
    order = list(sources)
    assert order.index(last) < order.index(loads)
    assert f"{model}.set_weights" in sources[loads]
    weights = kept.load(name)
    assert sum(w.size for w in weights) == SIZES[name]
    assert all(np.isfinite(w).all() for w in weights)
