"""The macula of an eye in cross-section: retinal layers, fovea, vessels, and its diseases.

An eye is far below the millimetres of `Patient`, and its tissues are the layers that an OCT
separates, so it has a class of its own with the same words: labels, map, plane, lesions.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

import numpy as np

from medkit.anatomy.fields import smooth_field


@dataclass(frozen=True)
class Layer:
    """One layer: thickness far from and at the fovea in µm, how it scatters and absorbs.

    Parameters
    ----------
    thickness_um, foveal_um : float
        Thickness 1.5 mm from the fovea, and in its middle.
    backscatter : float
        Light it sends back, relative to the brightest layer.
    loss_per_mm : float
        Extinction: intensity falls by e^{−2μz} on the way there and back.
    """

    name: str
    thickness_um: float
    foveal_um: float
    backscatter: float
    loss_per_mm: float


#: From the vitreous inwards. Names: Staurenghi et al., Ophthalmology 121 (2014) 1572,
#: doi:10.1016/j.ophtha.2014.02.023. Thicknesses: rounded from Loduca et al., Am. J.
#: Ophthalmol. 150 (2010) 849, doi:10.1016/j.ajo.2010.06.034 (layers) and Margolis and Spaide,
#: Am. J. Ophthalmol. 147 (2009) 811 (choroid). Scattering is
#: in the order that clinical OCT shows, not measured.
_TABLE = tomllib.loads(resources.files(__package__).joinpath("macula.toml").read_text("utf-8"))
LAYERS = tuple(Layer(*row) for row in _TABLE["layers"])
#: What is not a layer: fluid, drusen, and blood in vessels of the retina and the choroid.
OTHERS = tuple(Layer(*row) for row in _TABLE["others"])
TISSUES = LAYERS + OTHERS
LABEL = {layer.name: k for k, layer in enumerate(TISSUES)}


@dataclass(frozen=True, eq=False)
class Eye:
    """Digital retina: what lies in every voxel, and which of it is disease.

    Parameters
    ----------
    labels : ndarray of uint8, shape (plane, row, column)
        Index into `tissues`; rows go into the eye.
    boundaries_um : ndarray of float32, shape (boundary, plane, column)
        Depth of the upper edge of each layer from the second of `LAYERS` on: the truth.
    spacing_um : tuple of float
        Distance of planes, rows and columns.
    lesions : mapping of str to ndarray of bool
        Masks of ``"fluid"`` and ``"drusen"``, where there are any, and of ``"vessels"``.
    tissues : tuple of Layer
        What the labels stand for.
    backscatter : ndarray of float32, shape (plane, row, column), optional
        Of every voxel, where it is not that of its tissue: `macula.lifelike` makes it.
    """

    labels: np.ndarray
    boundaries_um: np.ndarray
    spacing_um: tuple[float, float, float] = (60.0, 2.0, 10.0)
    lesions: Mapping[str, np.ndarray] = field(default_factory=dict)
    tissues: tuple[Layer, ...] = TISSUES
    backscatter: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of planes, rows and columns."""
        return self.labels.shape

    @property
    def thickness_um(self) -> np.ndarray:
        """Retinal thickness, inner membrane to pigment epithelium's base; (plane, column)."""
        return self.boundaries_um[LABEL["choriocapillaris"] - 1] - self.boundaries_um[0]

    def map(self, values: Mapping[str, float]) -> np.ndarray:
        """Paint the eye with one property of its tissues.

        Parameters
        ----------
        values : mapping of str to float
            The property of each tissue by name.

        Returns
        -------
        ndarray of float32, shape (plane, row, column)

        Raises
        ------
        KeyError
            If a tissue has no value.
        """
        return np.array([values[t.name] for t in self.tissues], np.float32)[self.labels]


def eye(
    *,
    fluid: int | Sequence[float] = 0,
    drusen: int = 0,
    shape: tuple[int, int, int] = (1, 400, 512),
    extent_um: tuple[float, float, float] = (0.0, 800.0, 6000.0),
    n_vessels: int = 5,
    rng=None,
    disease_rng=None,
) -> Eye:
    """Make the macula of an eye, healthy or not.

    Parameters
    ----------
    fluid : int or sequence of float
        Number of pockets of fluid in the retina (cysts of macular oedema), which
        thicken it, or the height of each in µm; 3 or more also lift it off the
        pigment epithelium.
    drusen : int
        Number of drusen, deposits that lift the pigment epithelium.
    shape : tuple of int
        Planes, rows (depth) and columns.
    extent_um : tuple of float
        Size across planes, in depth and along columns; the fovea is in the middle.
    n_vessels : int
        Vessels in the inner retina of each plane.
    rng : None, int or numpy.random.Generator
        Who it is.
    disease_rng : None, int or numpy.random.Generator
        Where the fluid is, if that is to be drawn apart from who it is: one eye can
        then be had with and without.

    Returns
    -------
    Eye

    Examples
    --------
    >>> sick = eye(fluid=2, rng=0)
    >>> sorted(sick.lesions), bool(sick.lesions["fluid"].any())
    (['fluid', 'vessels'], True)
    """
    heights = [None] * fluid if isinstance(fluid, int | np.integer) else list(fluid)
    rng = np.random.default_rng(rng)
    planes, rows, columns = shape
    across = (np.arange(planes) + 0.5 - planes / 2) * extent_um[0] / planes
    along = (np.arange(columns) + 0.5 - columns / 2) * extent_um[2] / columns
    position = np.stack(np.broadcast_arrays(across[:, None], along))
    depth = ((np.arange(rows, dtype=np.float32) + 0.5) * (extent_um[1] / rows))[:, None]

    pockets = _pockets(heights, position, rng if disease_rng is None else disease_rng)
    mounds, still = _mounds(drusen, position, rng), np.zeros(position.shape[1:])
    swelling = sum((p[3] for p in pockets), still)
    lift = sum((p[1] for p in pockets), still)
    edges = _boundaries(position, mounds, swelling, lift, extent_um[1], rng)
    # A voxel's layer is the number of edges above it: mark each edge once, then add up.
    first = np.clip(np.ceil(edges / (extent_um[1] / rows) - 0.5), 0, rows).astype(int)
    marks = np.zeros((planes, rows + 1, columns), np.uint8)
    np.add.at(marks, (np.arange(planes)[:, None], first, np.arange(columns)), 1)
    labels = np.cumsum(marks[:, :rows], axis=1, dtype=np.uint8)
    lesions = {"vessels": _draw_vessels(labels, edges, position, depth, n_vessels, rng)}
    _draw_choroid(labels, extent_um, rng)
    if drusen:
        base = edges[LABEL["choriocapillaris"] - 1][:, None]
        high = mounds[:, None]
        lesions["drusen"] = (depth > base) & (depth < base + high) & (high > 4)
        labels[lesions["drusen"]] = LABEL["drusen"]
    if heights:
        lesions["fluid"] = _draw_fluid(labels, edges, pockets, lift, depth)
    spacing = tuple(e / n if e else 1.0 for e, n in zip(extent_um, shape, strict=True))
    return Eye(labels, edges, spacing, lesions)


def _boundaries(position, mounds, swelling, lift, height, rng):
    """Return the upper edges of all layers after the vitreous, (boundary, plane, column)."""
    radius = np.hypot(*position)
    pit = np.exp(-((radius / 480) ** 2))  # the fovea: inner layers give way
    rim = np.exp(-(((radius - 1000) / 550) ** 2))  # and are thickest around it
    nasal = np.clip(position[1] / 3000, -1, 1)  # nerve fibres gather towards the optic disc
    size = rng.normal(1, 0.05)
    thick = []
    for layer in LAYERS[1:-1]:
        usual = layer.thickness_um * rng.normal(1, 0.05)
        if layer.name == "nerve fibres":
            usual = usual * (0.75 + 0.55 * nasal + 0.35 * nasal**2)
        elif layer.name in ("ganglion cells", "inner plexiform", "inner nuclear"):
            usual = usual * (0.72 + 0.45 * rim)
        own = (usual + (layer.foveal_um - usual) * pit) * size
        rough = 0.25 * smooth_field(radius.shape, (2, 12), rng) * min(1, layer.thickness_um / 40)
        thick.append(np.maximum(own * (1 + 0.08 * rough), 0.5))
    thick = np.array(thick, np.float32)
    names = [layer.name for layer in LAYERS[1:-1]]
    inner = names.index("choriocapillaris")
    thick[names.index("inner nuclear")] += 0.4 * swelling
    outer = thick[names.index("outer nuclear")]
    outer += 0.6 * swelling
    thick[names.index("outer segments")] += lift  # the fluid below them is drawn later
    outer -= np.minimum(0.75 * mounds, 0.8 * outer)  # what drusen lift is pressed thin
    tilt, bend = rng.normal(0, 12), rng.normal(9, 3)
    along = position[1] / 3000
    base = 0.66 * height + tilt * along - bend * along**2
    base = base + 1.2 * smooth_field(radius.shape, (2, 30), rng)
    top = base - mounds - thick[:inner].sum(axis=0)
    edges = [top]
    for k, own in enumerate(thick):
        # The drusen lie under the pigment epithelium: below them all is where it was.
        edges.append(base + own if k == inner else edges[-1] + own)
    return np.array(edges, np.float32)


def _pockets(heights, position, rng):
    """Draw pockets of fluid: which layer, the dome below, their height, the swelling."""
    rng, pockets = np.random.default_rng(rng), []
    for k, given in enumerate(heights):
        outer = k % 2 == 0
        width = rng.uniform(120, 260) if outer else rng.uniform(70, 160)
        height = rng.uniform(80, 150) if outer else rng.uniform(35, 65)
        if given is not None:
            width, height = width * given / height, given
        at = rng.normal(0, 550), rng.normal(0, 40)
        shape = np.hypot((position[1] - at[0]) / width, (position[0] - at[1]) / width)
        lens = height * np.sqrt(np.clip(1 - shape**2, 0, None))
        swelling = 0.7 * height * np.exp(-((shape / 2.6) ** 2))
        # The third pocket comes with a flat dome of fluid under the retina.
        dome = np.clip(60 * np.exp(-((shape / 2.2) ** 2)) - 3, 0, None) * (k == 2)
        pockets.append((outer, dome, lens, swelling))
    return pockets


def _mounds(n, position, rng):
    """Return the height of the drusen in µm, (plane, column)."""
    height = np.zeros(position.shape[1:])
    for _ in range(n):
        width, tall = rng.uniform(55, 190), rng.uniform(28, 75)
        shape = np.hypot((position[1] - rng.normal(0, 1100)) / width, position[0] / width)
        height = np.maximum(height, tall * np.clip(1 - (shape / 1.6) ** 2, 0, None) ** 0.7)
    return height.astype(np.float32)


def _draw_fluid(labels, edges, pockets, lift, depth):
    """Fill the pockets, each in the middle of its layer, and what lies under a lifted retina."""
    mask = np.zeros(labels.shape, bool)
    for outer, _, lens, _ in pockets:
        name = "outer nuclear" if outer else "inner nuclear"
        above, below = edges[LABEL[name] - 1], edges[LABEL[name]]
        half = np.minimum(lens / 2, 0.46 * (below - above))
        middle = (above + below) / 2
        mask |= (np.abs(depth - middle[:, None]) < half[:, None]) & (lens[:, None] > 0)
    floor = edges[LABEL["pigment epithelium"] - 1][:, None]
    mask |= (depth < floor) & (depth > floor - lift[:, None])
    labels[mask] = LABEL["fluid"]
    return mask


def _draw_vessels(labels, edges, position, depth, n, rng):
    """Put round vessels into the inner retina, away from the fovea; return their mask."""
    mask = np.zeros(labels.shape, bool)
    for k in range(labels.shape[0]):
        for _ in range(n):
            side = rng.choice([-1, 1])
            at, radius = side * rng.uniform(700, 2900), rng.uniform(14, 42)
            middle = np.interp(at, position[1, k], edges[1, k]) + 0.3 * radius
            # Vessels are round, however much wider than high a voxel is.
            inside = ((position[1, k] - at) / radius) ** 2 + ((depth - middle) / radius) ** 2 < 1
            mask[k] |= inside & (labels[k] > 0)
    labels[mask] = LABEL["retinal vessel"]
    return mask


def _draw_choroid(labels, extent_um, rng):
    """Fill the choroid with its vessels, small ones above, large and wide ones below."""
    planes, rows, columns = labels.shape
    down, along = extent_um[1] / rows, extent_um[2] / columns
    for k in range(planes):
        field_ = smooth_field((rows, columns), (15 / down, 80 / along), rng)
        inside = (labels[k] == LABEL["choroid"]) & (field_ > -0.1)
        labels[k][inside] = LABEL["choroidal vessel"]
