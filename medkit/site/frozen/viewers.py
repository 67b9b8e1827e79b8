"""A volume viewer for a page: its state, and its planes packed, coarser where they are too many."""

from pathlib import Path

import numpy as np

from medkit.image import Volume
from medkit.site.frozen.packing import Packer
from medkit.views.viewer import VolumeViewer

#: Largest file of a viewer, in bytes.
BYTES = 3_000_000
#: The traits that the browser shares with Python.
_STATE = [name for name, trait in VolumeViewer.class_traits(sync=True).items() if name[0] != "_"]
_STATE = [name for name in _STATE if name in vars(VolumeViewer)]


def freeze(viewer: VolumeViewer, stem: str, folder: Path) -> str:
    """Write ``<stem>.start.js`` and ``<stem>.js``; return in words what was left out, or ""."""
    changes = []
    if any(layer.volume.unit == "HU" and layer.dtype == "float32" for layer in viewer._layers):
        # No scanner's value is known better, and whole numbers take a third of the room.
        viewer = _changed(viewer, lambda volume: volume.with_pixels(np.rint(volume.pixels)))
        changes.append("values to 1 HU")
    while (size := _write(viewer, stem, folder)) > BYTES:
        if min(viewer._layers[0].volume.shape[1:]) < 32:
            raise ValueError(f"{size} bytes even of few voxels")
        viewer = _changed(viewer, _halved)
        changes.append("every other pixel of every row and column")
    return ", ".join(dict.fromkeys(changes))


def _changed(viewer, change) -> VolumeViewer:
    """Return a viewer of changed volumes that shows the same."""
    old, *overlay = (layer.volume for layer in viewer._layers)
    new = change(old)
    state = {name: getattr(viewer, name) for name in _STATE} | {
        "voxel": tuple(
            v * n // m for v, n, m in zip(viewer.voxel, new.shape, old.shape, strict=True)
        ),
        "window": (viewer.level, viewer.window),
        "labels": {int(k): v for k, v in viewer._facts["labels"].items()},
    }
    state.pop("level")
    return VolumeViewer(new, overlay=change(overlay[0]) if overlay else None, **state)


def _halved(volume: Volume) -> Volume:
    plane, row, column = volume.spacing_mm
    return volume.with_pixels(volume.pixels[:, ::2, ::2], spacing_mm=(plane, 2 * row, 2 * column))


def _write(viewer, stem, folder) -> int:
    packer, planes = Packer(), []
    state = {name: getattr(viewer, name) for name in _STATE} | {"_facts": viewer._facts}
    opening = [packer.buffer(data, 1) for data in (viewer._preview, viewer._first)]
    head = {"state": state, "preview": opening[0], "first": opening[1]}
    packer.write(folder / f"{stem}.start.js", head, opening)
    for layer in viewer._layers:
        width, row = np.dtype(layer.dtype).itemsize, layer.volume.shape[2]
        pixel = 3 if layer.volume.is_colour else 1
        numbers: list[int] = []
        for k in range(layer.volume.shape[0]):
            before = numbers[-1] if numbers else -1
            numbers.append(packer.buffer(layer.planes([k]), width, (pixel, pixel * row), before))
        planes.append(numbers)
    return packer.write(folder / f"{stem}.js", {"planes": planes}, {n for p in planes for n in p})
