"""Weights that a notebook's own cell once found, and the kit keeps.

A few hundred patients leave a network much freedom: on another processor the same cell ends with
other weights, and the numbers of the text with it. So the notebook trains its network, and then
goes on with these.
"""

from pathlib import Path

from medkit.data.sets import shipped


def load(name: str) -> list:
    """Return the weights in ``datasets/<name>.npz``, as `keras.Model.set_weights` takes them."""
    held = shipped.arrays(name)
    return [held[f"w{k}"] for k in range(len(held))]


def make(name: str, notebook: Path, last: str, model: str, folder) -> Path:
    """Run the cells of a notebook, and keep the weights of a model; return the file.

    Parameters
    ----------
    name : str
        Of the file, without its ending.
    notebook : Path
    last : str
        Id of the cell that trains.
    model : str
        What the notebook calls the `keras.Model`.
    folder : str or Path
        Where the file goes.
    """
    import nbformat

    names: dict = {}
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)  # the kit's own cells
        if cell.id == last:
            break
    weights = {f"w{k}": w for k, w in enumerate(names[model].get_weights())}
    return shipped.save(folder, name, **weights)
