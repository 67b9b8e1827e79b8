"""A volume in the notebook: scroll, window, three linked planes, overlays.

`VolumeViewer` sends planes to the browser as they are asked for; everything that
moves (slice, level, window, opacity) is then drawn there without asking Python,
so it stays smooth while the kernel computes. Its traits tell Python what the
learner is looking at, and setting them moves the picture.
"""

from collections.abc import Mapping
from pathlib import Path

import anywidget
import numpy as np
import traitlets as t

from medkit.image import Volume
from medkit.views import stills
from medkit.views.explorer.pixels import COLORMAPS, colour_table
from medkit.views.viewer.layer import LABEL_COLOURS, Layer
from medkit.views.viewer.planes import geometry_notes, plane_views
from medkit.views.viewer.still import poster

#: CT windows (name, centre, width in HU) for the keys 1–9 (doi:10.53347/rID-52108).
CT_WINDOWS = (
    ("Soft tissue", 40, 400),
    ("Lung", -600, 1500),
    ("Bone", 400, 1800),
    ("Brain", 40, 80),
    ("Stroke", 40, 40),
    ("Subdural", 75, 215),
    ("Mediastinum", 50, 350),
    ("Liver", 30, 150),
)
#: Modalities whose images have no place in the patient, so no sides to name.
_NO_SIDES = {"", "US", "OP", "OPT", "XC", "ES", "GM", "SM", "OAM"}
_HERE = Path(__file__).parent
#: Files that are joined, in this order, to the widget's one JavaScript module.
_SCRIPTS = ("voxels", "plane", "page", "widget")
_VIEWS = ("all", "axial", "coronal", "sagittal", "first", "second", "third")


class VolumeViewer(anywidget.AnyWidget):
    """Look at a volume: slices, window and level, three linked planes, an overlay.

    Parameters
    ----------
    volume : Volume or ndarray, shape (plane, row, column) or (plane, row, column, 3)
        What to show. A plain array is shown without millimetres and patient sides.
    overlay : Volume or ndarray, optional
        Something to lay over it. A boolean or uint8 array, or a segmentation read from
        DICOM, is a mask of labels, painted in one colour each; any other array or volume is
        an image with its own window and colour map, as in PET-CT. A volume is placed by its
        geometry, whatever its grid; a plain array must have the shape of `volume`.
    labels : mapping of int to str, optional
        Names of the overlay's labels.
    view : str
        ``"all"`` for three planes, or ``"axial"``, ``"coronal"``, ``"sagittal"``; by default
        all where the volume has depth. A plain array has ``"first"``, ``"second"`` and
        ``"third"``: the axis that is seen along.
    window : tuple of float, optional
        Centre and width to show first, in the volume's unit; drawn by the volume's `curve`.
    **traits
        Any other trait: ``voxel=(40, 128, 128)``, ``opacity=0.4``,
        ``overlay_colormap="hot"``, ``fps=25``, ``height=300``.

    Attributes
    ----------
    voxel : tuple of int
        Where the crosshair is: plane, row, column.
    level, window : float
        Centre and width of the window, in the volume's unit.
    opacity, overlay_level, overlay_window : float
        How the overlay is shown.
    colormap, overlay_colormap : str
        One of ``medkit.views.explorer.pixels.COLORMAPS``.
    view : str
        Which planes are shown.
    playing : bool
        Whether the planes are played as a film, `fps` a second.
    crosshair, smooth : bool
        Whether the crosshair is drawn, and whether pixels are blended on screen.

    Raises
    ------
    TypeError, ValueError
        If the volume or the overlay cannot be shown, with what to do instead.

    Examples
    --------
    >>> viewer = VolumeViewer(np.arange(24).reshape(2, 3, 4))
    >>> viewer.voxel
    (1, 1, 2)
    """

    _esm = "\n".join((_HERE / f"{name}.js").read_text("utf-8") for name in _SCRIPTS)
    _css = _HERE / "style.css"

    voxel = t.Tuple(t.Int(), t.Int(), t.Int()).tag(sync=True)
    level = t.Float().tag(sync=True)
    window = t.Float(1.0).tag(sync=True)
    colormap = t.Enum(tuple(COLORMAPS), "gray").tag(sync=True)
    opacity = t.Float(0.5, min=0, max=1).tag(sync=True)
    overlay_level = t.Float().tag(sync=True)
    overlay_window = t.Float(1.0).tag(sync=True)
    overlay_colormap = t.Enum(tuple(COLORMAPS), "inferno").tag(sync=True)
    view = t.Enum(_VIEWS, "all").tag(sync=True)
    playing = t.Bool(False).tag(sync=True)
    fps = t.Float(10.0, min=0.5, max=60).tag(sync=True)
    crosshair = t.Bool(True).tag(sync=True)
    smooth = t.Bool(True).tag(sync=True)
    height = t.Int(320, min=100, max=1200).tag(sync=True)
    _facts = t.Dict().tag(sync=True)
    _preview = t.Bytes().tag(sync=True)
    _first = t.Bytes().tag(sync=True)

    def __init__(self, volume, *, overlay=None, labels=None, view=None, window=None, **traits):
        placed = isinstance(volume, Volume)
        base = Layer(volume if placed else Volume(np.asarray(volume)))
        self._layers = [base]
        if overlay is not None:
            self._layers.append(_overlay_layer(base.volume, overlay))
        self.views = plane_views(base.volume, placed and base.volume.modality not in _NO_SIDES)
        if view is None:
            # Films and photographs are looked at one by one, however many there are.
            known = base.volume.modality not in _NO_SIDES - {""} and base.volume.sides is None
            deep = min(base.volume.shape) > 7 and known
            view = "all" if deep and not base.volume.is_colour else self.views[0]["key"]
        level, width = base.window() if window is None else map(float, window)
        over_level, over_width = self._layers[-1].window()
        previews = [layer.preview() for layer in self._layers]
        start = {
            "voxel": tuple(n // 2 for n in base.volume.shape),
            "level": level,
            "window": width,
            "overlay_level": over_level,
            "overlay_window": over_width,
            "view": view,
        } | traits
        first = min(max(int(start["voxel"][0]), 0), base.volume.shape[0] - 1)
        plane = base.planes([first])
        if unknown := sorted(set(start) - set(self.trait_names())):
            raise TypeError(f"VolumeViewer has no {unknown}; see help(VolumeViewer)")
        shapes = [shape for shape, _ in previews]
        super().__init__(
            **start,
            _facts=self._describe(placed, dict(labels or {}), shapes, first),
            _preview=b"".join(data for _, data in previews),
            # One plane in the state makes the first picture sharp without a round trip.
            _first=plane if len(plane) < 2**21 else b"",
        )
        self.on_msg(self._answer)

    def _describe(self, placed: bool, labels: Mapping[int, str], previews, first: int) -> dict:
        """Return what the browser must know once: sizes, units, geometry, presets."""
        base = self._layers[0].volume
        to_voxel = np.linalg.inv(self._layers[-1].volume.affine) @ base.affine
        layers = [
            {
                "shape": list(layer.volume.shape),
                "channels": 3 if layer.volume.is_colour else 1,
                "preview": shape,
                "type": layer.dtype,
                "slope": layer.slope,
                "intercept": layer.intercept,
                "coded": layer.coded,
                "kind": layer.kind,
                "unit": "" if layer.volume.unit == "1" else str(layer.volume.unit),
                "modality": str(layer.volume.modality),
                "range": [layer.low, layer.high],
                "curve": layer.volume.curve,
                "first": layer.window(),
            }
            for layer, shape in zip(self._layers, previews, strict=True)
        ]
        letters = self.views[0]["sides"] != ["", "", "", ""]
        return {
            "layers": layers,
            "views": self.views,
            "placed": placed,
            "first_plane": first,
            "sides": letters,
            "affine": base.affine[:3].ravel().tolist(),
            "spacing": list(base.spacing_mm),
            "to_overlay": to_voxel[:3].ravel().tolist(),
            "presets": [list(p) for p in self._presets()],
            "labels": {str(int(k)): str(v) for k, v in labels.items()},
            "label_colours": LABEL_COLOURS.split(),
            "colormaps": {name: colour_table(name).tobytes().hex() for name in COLORMAPS},
            "notes": [str(n) for n in (*base.notes, *geometry_notes(base, letters))],
        }

    def _presets(self):
        """Return the windows for the keys 1–9: name, centre, width."""
        base = self._layers[0]
        if base.volume.is_colour:
            return ()
        full = ("Full range", (base.low + base.high) / 2, (base.high - base.low) or 1.0)
        if base.volume.unit == "HU":
            return (*CT_WINDOWS, full)
        centre, width = base.window()
        narrow, wide = ("High contrast", centre, width / 2), ("Low contrast", centre, width * 2)
        return (("Standard", centre, width), narrow, wide, full)

    @t.validate("voxel")
    def _inside(self, proposal):
        """Keep the crosshair inside the volume."""
        shape = self._layers[0].volume.shape
        return tuple(min(max(v, 0), n - 1) for v, n in zip(proposal.value, shape, strict=True))

    @t.validate("window", "overlay_window")
    def _positive(self, proposal):
        if not proposal.value > 0:
            name = proposal.trait.name
            raise t.TraitError(f"{name} is {proposal.value}: give a positive width")
        return proposal.value

    @t.validate("view")
    def _known_view(self, proposal):
        keys = ["all", *(view["key"] for view in self.views)]
        if proposal.value not in keys:
            known = ", ".join(map(repr, keys))
            raise t.TraitError(f"view is {proposal.value!r}; this volume has {known}")
        return proposal.value

    def _answer(self, _, content, __):
        """Send the planes that the browser asked for."""
        number = content.get("layer") if isinstance(content, dict) else None
        if number not in range(len(self._layers)):
            return
        layer = self._layers[number]
        count = layer.volume.shape[0]
        planes = [k for k in content.get("planes", []) if isinstance(k, int) and 0 <= k < count]
        self.send({"layer": number, "planes": planes}, [layer.planes(planes)])

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        base = self._layers[0].volume
        size = " × ".join(map(str, base.shape))
        text = f"{base.modality or 'Image'} volume of {size} voxels at voxel {self.voxel}"
        if not base.is_colour:
            unit = "" if base.unit == "1" else f" {base.unit}"
            text += f", level {self.level:g}{unit}, window {self.window:g}{unit}"
        if len(self._layers) > 1:
            text += f", with an overlay of {self._layers[1].volume.modality or 'labels'}"
        return text

    def __repr__(self) -> str:
        return f"VolumeViewer: {self.alt}"

    def _repr_mimebundle_(self, **kwargs):
        """Add a still picture with its words, for pages that have no kernel."""
        bundle = super()._repr_mimebundle_(**kwargs)
        note = "Run this cell to move through it."
        return stills.beside(self, bundle, lambda: poster(self), self.alt, note)


def _overlay_layer(base: Volume, overlay) -> Layer:
    """Place an overlay: by its own geometry, or voxel on voxel."""
    if not isinstance(overlay, Volume):
        pixels = np.asarray(overlay)
        pixels = pixels[None] if pixels.ndim == 2 else pixels
        if pixels.shape != base.shape:
            raise ValueError(
                f"the overlay has shape {pixels.shape} and the volume {base.shape}; give an "
                "array of the same shape, or a medkit.image.Volume that says where it lies"
            )
        overlay = base.with_pixels(pixels, unit="1", modality="", window=None, notes=())
    if overlay.is_colour:
        raise ValueError("the overlay is a colour image; give one value a voxel, or a mask")
    mask = overlay.pixels.dtype in (np.bool_, np.uint8)
    mask = mask or (overlay.modality == "SEG" and overlay.pixels.dtype.kind in "iu")
    return Layer(overlay, "labels" if mask else "image")
