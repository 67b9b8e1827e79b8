"""The three networks that are kept are those that the notebook's own cells train."""

import json

import numpy as np

from medkit import kit
from medkit.authoring import datasets
from medkit.chapters.trust import team

NOTEBOOK = kit.root() / "notebooks" / "51_trust.ipynb"


def test_the_maker_runs_the_notebook_up_to_the_training(tmp_path):
    cells = [
        {"cell_type": "code", "id": "a", "source": "import numpy as np\nones = np.ones(3)"},
        {"cell_type": "markdown", "id": "b", "source": "team = None"},
        {
            "cell_type": "code",
            "id": team.LAST,
            "source": "class team:\n    get_weights = lambda: [2 * ones, np.zeros((2, 2))]",
        },
        {"cell_type": "code", "id": "d", "source": "raise SystemExit"},
    ]
    empty = {"metadata": {}, "outputs": [], "execution_count": None}
    cells = [c | (empty if c["cell_type"] == "code" else {"metadata": {}}) for c in cells]
    book = tmp_path / "book.ipynb"
    book.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    with np.load(team.make(book, tmp_path)) as held:
        assert sorted(held.files) == ["w0", "w1"]
        assert held["w0"].tolist() == [2, 2, 2]


def test_the_kept_weights_fit_the_notebooks_networks():
    book = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    ids = [cell["id"] for cell in book["cells"]]
    loads = next(k for k, c in enumerate(book["cells"]) if "kept.load()" in "".join(c["source"]))
    assert loads > ids.index(team.LAST)
    weights = team.load()
    assert sum(w.size for w in weights) == 3 * 3777, "what the notebook prints for each"
    assert all(np.isfinite(w).all() for w in weights)
    assert datasets.FILES["trust_team"][0] == "chapters.trust.team"
