"""The three networks that `51_trust` doubts, trained by the notebook's own cells and kept.

Three hundred patients leave a network much freedom: on another processor the same cell ends with
other weights, and each number of the notebook with it (a temperature of 1.5 instead of 1.9). So
the notebook trains its networks, and then goes on with these. 5 CPU seconds to make.
"""

from pathlib import Path

from medkit.data.sets import shipped

#: The cell that trains them: its id in the notebook.
LAST = "tr007"


def load() -> list:
    """Return the weights, as `keras.Model.set_weights` of the notebook's ``team`` takes them."""
    held = shipped.arrays("trust_team")
    return [held[f"w{k}"] for k in range(len(held))]


def make(notebook: Path, folder) -> Path:
    """Run a notebook's cells up to the training, and write ``trust_team.npz``; return it."""
    import nbformat

    names: dict = {}
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)  # the kit's own cells
        if cell.id == LAST:
            break
    weights = {f"w{k}": w for k, w in enumerate(names["team"].get_weights())}
    return shipped.save(folder, "trust_team", **weights)
