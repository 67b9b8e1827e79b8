"""Parallel-beam projection: line integrals through an image, and both ways back.

Two facts make it fast. Along one image row the detector position grows in equal
steps, so a whole row moves to the detector as one block; and rows differ only by
a shift. Shifts are kept to an eighth of a pixel: eight tables a view hold the
eight possible fractions, and the inner loop is one unit-stride addition, which
the compiler turns into vector instructions. Views beyond 45° use columns.

The angle turns counter-clockwise: a point (x to the right, y up) falls on the
detector at s = x cos θ + y sin θ.
"""

import numpy as np

from medkit.compiled import compiled
from medkit.physics.linear import LinearOperator

#: Fractions of a pixel to which the shift of a row is kept: off by 1/16 pixel at most,
#: far below the blur of linear interpolation.
PHASES = 8
#: Views handled together, so that one pass over the image serves them all.
GROUP = 4


# A view is (step, slope, axis, weight): detector bins a pixel along a line, pixels of
# shift a line, bin of the image centre, and mm of path a line. A table is (PHASES, width).


@compiled
def _shift(line, n_lines, slope):
    """Return by how many whole pixels, and in which phase, a line is shifted."""
    lowest = min(0.0, slope * (n_lines - 1))
    eighths = int((slope * line - lowest) * PHASES + 0.5)
    return eighths // PHASES, eighths % PHASES


@compiled
def _first_bin(view, n_lines, length, phase):
    """Return the detector position of entry 0 of a table; the image starts at entry 1."""
    lowest = min(0.0, view[1] * (n_lines - 1)) - view[1] * 0.5 * (n_lines - 1)
    return view[2] + view[0] * (phase / PHASES + lowest - 0.5 * (length - 1) - 1.0)


@compiled
def _width(view, n_lines, length):
    """Return how many entries of a table a view uses, an empty one at either end."""
    return length + int(abs(view[1]) * (n_lines - 1)) + 4


@compiled
def _between(start, step, low, high, count):
    """Return the range of i in 0…count−1 for which low ≤ start + i·step ≤ high."""
    first, last = (low - start) / step, (high - start) / step
    if step < 0:
        first, last = last, first
    return max(0, int(np.ceil(first))), min(count, int(np.floor(last)) + 1)


@compiled
def _gather(lines, views, tables):
    """Add each image line to the table of its phase."""
    n_lines, length = lines.shape
    for line in range(n_lines):
        row = lines[line]
        for g in range(len(views)):
            whole, phase = _shift(line, n_lines, views[g, 1])
            table = tables[g, phase, whole + 1 : whole + 1 + length]
            for j in range(length):
                table[j] += row[j]


@compiled
def _spread(tables, views, lines):
    """Add to each image line its stretch of four views' tables (`_gather` transposed)."""
    n_lines, length = lines.shape
    for line in range(n_lines):
        w0, p0 = _shift(line, n_lines, views[0, 1])
        w1, p1 = _shift(line, n_lines, views[1, 1])
        w2, p2 = _shift(line, n_lines, views[2, 1])
        w3, p3 = _shift(line, n_lines, views[3, 1])
        row = lines[line]
        t0 = tables[0, p0, w0 + 1 : w0 + 1 + length]
        t1 = tables[1, p1, w1 + 1 : w1 + 1 + length]
        t2 = tables[2, p2, w2 + 1 : w2 + 1 + length]
        t3 = tables[3, p3, w3 + 1 : w3 + 1 + length]
        for j in range(length):
            row[j] += (t0[j] + t1[j]) + (t2[j] + t3[j])


@compiled
def _read(table, view, n_lines, length, profile):
    """Integrate along each ray: interpolate in the line where the ray crosses it (Joseph)."""
    inverse, weight = np.float32(1.0 / view[0]), np.float32(view[3])
    width = _width(view, n_lines, length)
    for phase in range(PHASES):
        start = -_first_bin(view, n_lines, length, phase) / view[0]
        low, high = _between(start, 1.0 / view[0], 0.0, width - 1.01, profile.size)
        start, row = np.float32(start), table[phase]
        for bin_ in range(low, high):
            at = start + inverse * np.float32(bin_)
            i = np.int32(at)
            part = at - np.float32(i)
            profile[bin_] += weight * (row[i] + part * (row[i + 1] - row[i]))


@compiled
def _write(profile, view, n_lines, length, table):
    """Put each ray back with the very weights of `_read` (its transpose)."""
    inverse, weight = np.float32(1.0 / view[0]), np.float32(view[3])
    width = _width(view, n_lines, length)
    for phase in range(PHASES):
        start = -_first_bin(view, n_lines, length, phase) / view[0]
        low, high = _between(start, 1.0 / view[0], 0.0, width - 1.01, profile.size)
        start, row = np.float32(start), table[phase]
        row[:width] = 0
        for bin_ in range(low, high):
            at = start + inverse * np.float32(bin_)
            i = np.int32(at)
            part = at - np.float32(i)
            value = weight * profile[bin_]
            row[i] += value - part * value
            row[i + 1] += part * value


@compiled
def _sample(profile, view, n_lines, length, table):
    """Interpolate a profile where pixels fall on the detector; its last entry is a spare."""
    step, width = np.float32(view[0]), _width(view, n_lines, length)
    for phase in range(PHASES):
        start = _first_bin(view, n_lines, length, phase)
        low, high = _between(start, view[0], 0.0, profile.size - 2.0, width)
        start, row = np.float32(start), table[phase]
        row[:low] = 0
        row[high:width] = 0
        for m in range(low, high):
            at = max(np.float32(0.0), start + step * np.float32(m))
            i = np.int32(at)
            row[m] = profile[i] + (at - np.float32(i)) * (profile[i + 1] - profile[i])


@compiled
def _project(lines, views, sinogram):
    """Fill the sinogram (view, bin) of an image given as lines."""
    n_lines, length = lines.shape
    tables = np.zeros((GROUP, PHASES, length + n_lines + 4), np.float32)
    for v in range(0, len(views), GROUP):
        group = views[v : v + GROUP]
        tables[:] = 0
        _gather(lines, group, tables)
        for g in range(len(group)):
            _read(tables[g], group[g], n_lines, length, sinogram[v + g])


@compiled
def _unproject(sinogram, views, lines, transpose):
    """Add all views to the lines: by rays (the exact transpose) or by pixels."""
    n_lines, length = lines.shape
    tables = np.zeros((GROUP, PHASES, length + n_lines + 4), np.float32)
    group = np.zeros((GROUP, 4))
    for v in range(0, len(views), GROUP):
        for g in range(GROUP):
            if v + g >= len(views):  # the last group may be short: add empty tables
                tables[g], group[g] = 0, 0
                continue
            group[g] = views[v + g]
            if transpose:
                _write(sinogram[v + g], group[g], n_lines, length, tables[g])
            else:
                _sample(sinogram[v + g], group[g], n_lines, length, tables[g])
        _spread(tables, group, lines)


class ParallelBeam(LinearOperator):
    """Line integrals of an image along parallel rays, view by view.

    y[view, bin] = ∫ x dl along the ray at s = x cos θ + y sin θ, by Joseph's method:
    linear interpolation where the ray crosses each image row (or column, if flatter).

    Parameters
    ----------
    image_shape : tuple of int
        (row, column), or (plane, row, column) for a stack of independent slices.
    angles_deg : array_like, shape (view,)
        Direction of the detector in each view, counter-clockwise from the row direction.
    n_detectors : int, optional
        Bins of the detector; as many as the image has columns if not given.
    spacing_mm, detector_spacing_mm : float
        Side of a pixel, and distance of the bins (that of the pixels if not given).
    axis_bin : float or array_like, shape (view,), optional
        Bin on which the centre of the image falls, where it differs between the views if
        the patient moves; the middle of the detector if not given.
    rays_per_bin : int, optional
        Rays averaged over a bin's width; enough to meet every pixel if not given.

    References
    ----------
    Joseph, IEEE Trans. Med. Imaging 1 (1982) 192.

    Examples
    --------
    >>> beam = ParallelBeam((4, 4), [0, 90], spacing_mm=2.0)
    >>> beam.forward(np.ones((4, 4)))[0]
    array([8., 8., 8., 8.], dtype=float32)
    """

    def __init__(
        self,
        image_shape,
        angles_deg,
        n_detectors=None,
        *,
        spacing_mm=1.0,
        detector_spacing_mm=None,
        axis_bin=None,
        rays_per_bin=None,
    ):
        if len(image_shape) not in (2, 3) or min(image_shape) < 1:
            raise ValueError(
                f"image_shape is {image_shape}; give (row, column) or (plane, row, column)"
            )
        self.angles_deg = np.atleast_1d(np.asarray(angles_deg, dtype=float))
        self.n_detectors = int(n_detectors or image_shape[-1])
        self.spacing_mm = float(spacing_mm)
        self.detector_spacing_mm = float(detector_spacing_mm or spacing_mm)
        axis_bin = (self.n_detectors - 1) / 2 if axis_bin is None else axis_bin
        self.axis_bin = np.broadcast_to(np.asarray(axis_bin, float), self.angles_deg.shape)
        ratio = self.detector_spacing_mm / self.spacing_mm
        self.rays_per_bin = int(rays_per_bin or max(1, np.ceil(ratio - 0.25)))
        self.input_shape = tuple(int(n) for n in image_shape)
        self.output_shape = (*self.input_shape[:-2], self.angles_deg.size, self.n_detectors)
        self._flat = np.abs(np.cos(np.deg2rad(self.angles_deg))) < np.sqrt(0.5)
        self._fine = self._views(self.rays_per_bin)
        self._coarse = self._views(1)

    def _views(self, rays):
        """Describe each view for the kernels, with `rays` bins in the place of one."""
        angle = np.deg2rad(self.angles_deg)
        along = np.where(self._flat, -np.sin(angle), np.cos(angle))
        across = np.where(self._flat, np.cos(angle), -np.sin(angle))
        return np.stack(
            [
                along * self.spacing_mm / self.detector_spacing_mm * rays,
                across / along,
                (self.axis_bin + 0.5) * rays - 0.5,
                self.spacing_mm / np.abs(along),
            ],
            axis=1,
        )

    def subset(self, views) -> "ParallelBeam":
        """Return the operator of some of the views (an index array or a slice)."""
        return ParallelBeam(
            self.input_shape,
            self.angles_deg[views],
            self.n_detectors,
            spacing_mm=self.spacing_mm,
            detector_spacing_mm=self.detector_spacing_mm,
            axis_bin=self.axis_bin[views],
            rays_per_bin=self.rays_per_bin,
        )

    def backproject(self, sinogram: np.ndarray) -> np.ndarray:
        """Sum over the views what the detector shows where each pixel falls on it.

        This is filtered back-projection's way back: it reads the profiles between the
        bins, pixel by pixel, which is smoother than the adjoint but no exact transpose.
        """
        data = self._checked(sinogram, self.output_shape, self.output_dtype, "data")
        spare = np.zeros((*data.shape[:-1], data.shape[-1] + 1), np.float32)
        spare[..., :-1] = data
        return self._back(spare, self._coarse, transpose=False)

    def _forward(self, x):
        rays = self.rays_per_bin
        out = np.zeros((*self.output_shape[:-1], self.n_detectors * rays), np.float32)
        for image, sinogram in zip(_stack(x), _stack(out), strict=True):
            for flat, lines in ((False, image), (True, np.ascontiguousarray(image.T))):
                chosen = np.flatnonzero(self._flat == flat)
                part = np.zeros((chosen.size, out.shape[-1]), np.float32)
                _project(lines, self._fine[chosen], part)
                sinogram[chosen] = part
        if rays == 1:
            return out
        return out.reshape(*self.output_shape, rays).mean(axis=-1, dtype=np.float32)

    def _adjoint(self, y):
        if self.rays_per_bin > 1:
            y = np.repeat(y / np.float32(self.rays_per_bin), self.rays_per_bin, axis=-1)
        return self._back(y, self._fine, transpose=True)

    def _back(self, data, views, transpose):
        out = np.zeros(self.input_shape, np.float32)
        for image, sinogram in zip(_stack(out), _stack(data), strict=True):
            columns = np.zeros(image.shape[::-1], np.float32)
            for flat, lines in ((False, image), (True, columns)):
                chosen = np.flatnonzero(self._flat == flat)
                _unproject(sinogram[chosen], views[chosen], lines, transpose)
            image += columns.T
        return out


def _stack(array):
    """View a single picture as a stack of one."""
    return array if array.ndim == 3 else array[None]


def warm_up() -> None:
    """Compile every kernel, or load it from the cache: seconds once, then 0.3 s.

    The launcher calls it while it sets the kit up, so that a learner's first
    slider moves at once.
    """
    beam = ParallelBeam((4, 4), [0, 90])
    sinogram = beam.forward(np.zeros(beam.input_shape))
    beam.adjoint(sinogram)
    beam.backproject(sinogram)
