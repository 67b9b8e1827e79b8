"""Two nets of fine vessels in the macula, above each other, and the fovea that has none."""

from dataclasses import replace

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.regions.eye import LABEL, Eye, eye

#: The layer in whose middle each net lies, the mesh of its capillaries and its thickness, µm.
NETS = {"superficial": ("ganglion cells", 105.0, 26.0), "deep": ("inner nuclear", 82.0, 16.0)}
#: Radius of the zone about the fovea that holds no vessels, µm.
FREE_UM = 240.0


def plexus(
    *, shape: tuple[int, int, int] = (112, 140, 112), width_um: float = 1600.0, rng=None
) -> Eye:
    """Make a macula whose vessels form nets.

    Parameters
    ----------
    shape : tuple of int
        Planes, rows (depth) and columns.
    width_um : float
        Size across planes and along columns; the depth is 480 µm.
    rng : None, int or numpy.random.Generator
        Who it is.

    Returns
    -------
    Eye
        With the masks ``"superficial"`` and ``"deep"`` among its lesions.

    Examples
    --------
    >>> patient = plexus(shape=(32, 80, 32), rng=0)
    >>> sorted(patient.lesions)
    ['deep', 'superficial', 'vessels']
    """
    rng = np.random.default_rng(rng)
    patient = eye(shape=shape, extent_um=(width_um, 480.0, width_um), n_vessels=0, rng=rng)
    planes, rows, columns = shape
    pixel = width_um / columns
    depth = (np.arange(rows)[:, None] + 0.5) * patient.spacing_um[1]
    labels, masks = patient.labels.copy(), {}
    for name, (layer, mesh_um, thick_um) in NETS.items():
        map_ = _net((planes, columns), mesh_um / pixel, 9.0 / pixel, rng)
        if name == "superficial":
            map_ = np.maximum(map_, _trunks((planes, columns), pixel, rng))
        map_ &= _away(map_.shape, pixel, rng) > FREE_UM
        edges = patient.boundaries_um[LABEL[layer] - 1 : LABEL[layer] + 1]
        middle = edges.mean(axis=0)[:, None]
        masks[name] = (np.abs(depth - middle) < thick_um / 2) & map_[:, None]
        labels[masks[name]] = LABEL["retinal vessel"]
    masks["vessels"] = masks["superficial"] | masks["deep"]
    return replace(patient, labels=labels, lesions=masks)


def _away(shape, pixel, rng):
    """Return the distance from the fovea in µm, a little uneven."""
    row, column = (np.arange(n) - (n - 1) / 2 for n in shape)
    return np.hypot(row[:, None], column) * pixel * (1 + 0.08 * smooth_field(shape, (12, 12), rng))


def _net(shape, mesh, width, rng):
    """Return the walls between cells about random points: capillaries, in pixels."""
    points = rng.uniform(-0.1, 1.1, (int(1.44 * shape[0] * shape[1] / mesh**2), 2)) * shape
    away, _ = cKDTree(points).query(np.indices(shape).reshape(2, -1).T, k=2)
    return (away[:, 1] - away[:, 0]).reshape(shape) < width


def _trunks(shape, pixel, rng):
    """Return larger vessels that wander from the border towards the fovea and fork."""
    drawn = np.zeros(shape, bool)
    middle = np.array(shape) / 2
    for k in range(8):
        angle = 2 * np.pi * (k + rng.uniform(-0.3, 0.3)) / 8
        at = middle + 0.62 * max(shape) * np.array([np.sin(angle), np.cos(angle)])
        heading = angle + np.pi + rng.normal(0, 0.3)
        _branch(drawn, at, heading, rng.uniform(0.7, 1.15) * middle[0], rng, forks=2)
    return ndimage.binary_dilation(drawn, iterations=1)


def _branch(drawn, at, heading, steps, rng, forks):
    """Walk and mark pixels; fork now and then."""
    for _ in range(int(steps)):
        heading += rng.normal(0, 0.12)
        at = at + np.array([np.sin(heading), np.cos(heading)])
        row, column = np.round(at).astype(int)
        if 0 <= row < drawn.shape[0] and 0 <= column < drawn.shape[1]:
            drawn[row, column] = True
        if forks and rng.random() < 0.02:
            turn = rng.choice([-1, 1]) * rng.uniform(0.4, 0.9)
            _branch(drawn, at, heading + turn, 0.5 * steps, rng, forks - 1)
