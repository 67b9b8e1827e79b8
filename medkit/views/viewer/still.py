"""A still picture of what a viewer shows, for pages without a kernel."""

import numpy as np
from PIL import Image

from medkit.views import stills
from medkit.views.explorer.pixels import colour_table
from medkit.views.viewer.layer import LABEL_COLOURS, window_index

#: Height of the tallest still picture, in pixels.
TALLEST = 480
GAP = 6


def poster(viewer) -> Image.Image:
    """Return the visible planes of a `VolumeViewer`, side by side and to scale, on black."""
    shown = [v for v in viewer.views if viewer.view in ("all", v["key"])]
    spacing = viewer._layers[0].volume.spacing_mm
    pictures = [Image.fromarray(np.ascontiguousarray(paint(viewer, view))) for view in shown]
    sizes_mm = [
        (p.width * spacing[v["across"]], p.height * spacing[v["down"]])
        for p, v in zip(pictures, shown, strict=True)
    ]
    room = stills.WIDTH - GAP * (len(shown) - 1)
    scale = min(room / sum(w for w, _ in sizes_mm), TALLEST / max(h for _, h in sizes_mm))
    sizes = [(max(1, round(w * scale)), max(1, round(h * scale))) for w, h in sizes_mm]
    sheet = Image.new("RGB", (stills.WIDTH, max(h for _, h in sizes)))
    left = (sheet.width - sum(w for w, _ in sizes) - GAP * (len(sizes) - 1)) // 2
    for picture, size in zip(pictures, sizes, strict=True):
        sheet.paste(picture.resize(size, Image.BILINEAR), (left, (sheet.height - size[1]) // 2))
        left += size[0] + GAP
    return sheet


def paint(viewer, view: dict) -> np.ndarray:
    """Return one plane in colour, uint8 (height, width, 3), a pixel a voxel."""
    base = viewer._layers[0]
    part = base.values(_cut(base.pixels, view, viewer.voxel))
    if base.volume.is_colour:
        picture = part
    else:
        picture = colour_table(viewer.colormap)[
            window_index(part, viewer.level, viewer.window, base.volume.curve)
        ]
    if len(viewer._layers) == 1 or viewer.opacity == 0:
        return picture
    values = _sample(viewer, view)
    if viewer._layers[1].kind == "labels":
        palette = np.frombuffer(bytes.fromhex(LABEL_COLOURS), np.uint8).reshape(-1, 3)
        paint_ = palette[(values.astype(int) - 1) % len(palette)]
        alpha = viewer.opacity * (values > 0)
    else:
        over = viewer._layers[1].volume
        index = window_index(values, viewer.overlay_level, viewer.overlay_window, over.curve)
        paint_ = colour_table(viewer.overlay_colormap)[index]
        # The lowest quarter of the window fades out, so that background stays anatomy.
        alpha = viewer.opacity * np.minimum(1, index / 64)
    mixed = picture + (paint_.astype(float) - picture) * alpha[..., None]
    return np.floor(mixed + 0.5).astype(np.uint8)


def _cut(pixels: np.ndarray, view: dict, voxel) -> np.ndarray:
    """Return the plane of a view through a voxel, as it lies on the screen."""
    plane = np.take(pixels, voxel[view["normal"]], axis=view["normal"])
    # Taking a plane leaves the other two axes in order; the smaller one comes first.
    if view["down"] > view["across"]:
        plane = np.swapaxes(plane, 0, 1)
    flip_across, flip_down = view["flips"]
    return plane[:: -1 if flip_down else 1, :: -1 if flip_across else 1]


def _sample(viewer, view: dict) -> np.ndarray:
    """Return the overlay's nearest values at the pixels of a view."""
    base, over = viewer._layers[0].volume, viewer._layers[1].volume
    grid = np.indices(base.shape, sparse=True)
    places = [
        _cut(np.broadcast_to(axis, base.shape), view, viewer.voxel).astype(float) for axis in grid
    ]
    to_overlay = np.linalg.inv(over.affine) @ base.affine
    voxels = [
        np.rint(sum(row[a] * places[a] for a in range(3)) + row[3]).astype(int)
        for row in to_overlay[:3]
    ]
    inside = np.all([(v >= 0) & (v < n) for v, n in zip(voxels, over.shape, strict=True)], axis=0)
    safe = tuple(np.clip(v, 0, n - 1) for v, n in zip(voxels, over.shape, strict=True))
    return np.where(inside, np.nan_to_num(over.pixels[safe]), 0)
