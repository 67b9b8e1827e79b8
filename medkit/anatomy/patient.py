"""A digital patient: which tissue is where, and where the disease is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from medkit.constants import TISSUES


def grid_mm(shape, spacing_mm, origin_mm) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where voxels lie along plane, row and column, in mm, ready to broadcast.

    >>> up, back, left = grid_mm((1, 2, 3), (5.0, 1.0, 1.0), (10.0, 0.0, -1.0))
    >>> up.shape, left.ravel()
    ((1, 1, 1), array([-1.,  0.,  1.], dtype=float32))
    """
    axes = zip(origin_mm, spacing_mm, shape, strict=True)
    return np.ix_(*((o + s * np.arange(n)).astype(np.float32) for o, s, n in axes))


@dataclass(frozen=True, eq=False)
class Patient:
    """A body as a map of tissues, with the truth about its lesions.

    Parameters
    ----------
    labels : ndarray of uint8, shape (plane, row, column)
        Index into `tissues` of each voxel.
    tissues : tuple of str
        Names of the tissues, keys of `medkit.constants.TISSUES`.
    spacing_mm : tuple of float
        Distance of voxel centres along plane, row and column, in mm.
    lesions : mapping of str to ndarray of bool
        The truth: where each lesion is, in the shape of `labels`.
    density : ndarray of float32, optional
        Density of each voxel relative to its tissue, in the shape of `labels`: the
        texture of lung and spongy bone. None means 1 everywhere.
    mixed : tuple of two ndarrays, optional
        A second tissue of each voxel: its label (uint8), and its share of the volume (float32,
        0 to 0.5), both in the shape of `labels`. A voxel where cortex meets fluid holds some
        of both. None means that each voxel is of one tissue.
    origin_mm : tuple of float, optional
        Where voxel (0, 0, 0) lies along plane, row and column, in mm: up, to the
        back and to the left of the patient. None puts 0 at the middle of the map.
    """

    labels: np.ndarray
    tissues: tuple[str, ...]
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lesions: Mapping[str, np.ndarray] = field(default_factory=dict)
    density: np.ndarray | None = None
    mixed: tuple[np.ndarray, np.ndarray] | None = None
    origin_mm: tuple[float, float, float] | None = None

    def __post_init__(self):
        if self.labels.ndim != 3:
            raise ValueError(
                f"labels have shape {self.labels.shape}; a patient needs (plane, row, column): "
                "for a single plane write labels[None]"
            )
        unknown = [name for name in self.tissues if name not in TISSUES]
        if unknown:
            raise ValueError(f"no such tissue: {', '.join(unknown)}; see medkit.constants.TISSUES")
        if self.origin_mm is None:
            sides = zip(self.shape, self.spacing_mm, strict=True)
            object.__setattr__(self, "origin_mm", tuple(-(n - 1) / 2 * s for n, s in sides))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of planes, rows and columns."""
        return self.labels.shape

    def map(self, values: Mapping[str, float], *, by_density: bool = True) -> np.ndarray:
        """Paint the patient with one property of its tissues.

        Parameters
        ----------
        values : mapping of str to float
            The property of each tissue, for example μ in 1/mm at one energy.
        by_density : bool
            Multiply by the local density. Right for what grows with the amount of
            tissue (μ, proton density, uptake), wrong for what does not (T1, speed).

        Returns
        -------
        ndarray of float32, shape (plane, row, column)

        Raises
        ------
        KeyError
            If a tissue of the patient has no value.

        Examples
        --------
        >>> drop = Patient(np.array([[[0, 1]]], np.uint8), ("air", "water"))
        >>> drop.map({"air": 0.0, "water": 0.02})
        array([[[0.  , 0.02]]], dtype=float32)
        """
        missing = [name for name in self.tissues if name not in values]
        if missing:
            raise KeyError(f"values lacks {', '.join(missing)}: give one for each of .tissues")
        picture = self.mix(np.array([values[name] for name in self.tissues], np.float32))
        if by_density and self.density is not None:
            picture *= self.density
        return picture

    def mix(self, by_label: np.ndarray) -> np.ndarray:
        """Return (…, plane, row, column) of values (…, label): both tissues by their shares."""
        picture = by_label[..., self.labels]
        if self.mixed is not None:
            second, share = self.mixed
            picture += share * (by_label[..., second] - picture)
        return picture

    def plane(self, k: int) -> "Patient":
        """Return plane k as a patient of one plane, at its own height."""
        k = range(self.shape[0])[k]  # negative k counts from the head, and too large a k raises
        up, back, left = self.origin_mm
        return replace(
            self,
            labels=self.labels[k : k + 1],
            lesions={name: mask[k : k + 1] for name, mask in self.lesions.items()},
            density=None if self.density is None else self.density[k : k + 1],
            mixed=None if self.mixed is None else tuple(a[k : k + 1] for a in self.mixed),
            origin_mm=(up + k * self.spacing_mm[0], back, left),
        )

    def where(self, *names: str) -> np.ndarray:
        """Return the mask of the voxels made of any of these tissues."""
        return np.isin(self.labels, [i for i, name in enumerate(self.tissues) if name in names])

    def grid_mm(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return where the voxels lie: up, back and left in mm, ready to broadcast."""
        return grid_mm(self.shape, self.spacing_mm, self.origin_mm)

    def with_lesion(self, name: str, mask: np.ndarray, tissue: str) -> "Patient":
        """Return the patient with a lesion: where `mask`, the tissue is replaced.

        Parameters
        ----------
        name : str
            Name of the lesion in `lesions`.
        mask : ndarray of bool, shape (plane, row, column)
            Where it is: the truth.
        tissue : str
            What it is made of.

        Returns
        -------
        Patient
        """
        tissues = self.tissues if tissue in self.tissues else (*self.tissues, tissue)
        labels = np.where(mask, np.uint8(tissues.index(tissue)), self.labels)
        density = None if self.density is None else np.where(mask, np.float32(1), self.density)
        mixed = self.mixed and (self.mixed[0], np.where(mask, np.float32(0), self.mixed[1]))
        return replace(
            self,
            labels=labels,
            tissues=tissues,
            density=density,
            mixed=mixed,
            lesions={**self.lesions, name: mask | self.lesions.get(name, False)},
        )
