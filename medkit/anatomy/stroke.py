"""A brain short of blood: an artery's territory with a core, a penumbra, and what is only slow.

How much blood flows, how long it stays and how late it comes are known in each voxel, and so
is what a scan should find. How a stroke looks as it ages is in `water_uptake` for CT, and in
`medkit.physics.mri.onset` for MRI.

References
----------
Flow and volume relative to the other side, mean ± standard deviation over 14 patients, in what
died, in what died without treatment, and in what recovered (Schaefer et al., AJNR 27 (2006) 20,
https://www.ncbi.nlm.nih.gov/pubmed/16418350): flow 0.19 ± 0.06, 0.34 ± 0.06, 0.46 ± 0.09; the
volume is low in the core alone.
"""

from dataclasses import dataclass

import numpy as np

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.lesions import blob
from medkit.anatomy.patient import Patient
from medkit.anatomy.regions.head import head

#: Blood flow in ml per 100 ml and minute, and blood volume in ml per 100 ml, of healthy tissue:
#: flow 50 and 22 (https://pacs.de/term/cerebral-blood-flow-cbf); the volumes are chosen so that
#: blood stays for 4.8 s in grey and 5.5 s in white matter.
HEALTHY = {"grey_matter": (50.0, 4.0), "white_matter": (22.0, 2.0)}
#: Flow (mean, standard deviation over patients) and volume relative to healthy; and the delay of
#: the blood in s (least, most), which is ours.
ZONES = {
    "core": ((0.19, 0.06), 0.45, (7.0, 10.0)),
    "penumbra": ((0.40, 0.06), 1.0, (7.0, 10.0)),
    "slow": ((0.75, 0.05), 1.1, (2.0, 4.0)),
}
#: The share of water that a dying brain takes up in an hour: 11.5 % at 4.5 h, the threshold of
#: Minnerup et al. (2016), https://ehealth-news.com/ct-measures-can-accurately-identify-stroke-onset.
UPTAKE_PER_H = 0.115 / 4.5
#: Thickness of the plane.
PLANE_MM = 10.0


def water_uptake(age_h, rate: float = 1.0):
    """Return the share of water that an infarct has taken up; `rate` 1 is the usual one.

    >>> float(round(water_uptake(4.5), 3))
    0.115
    """
    return np.clip(UPTAKE_PER_H * rate * np.asarray(age_h, float), 0, 0.4)


@dataclass(frozen=True, eq=False)
class Supply:
    """How blood gets to each voxel of one plane of a head.

    Parameters
    ----------
    patient : Patient
        The head, one plane.
    flow : ndarray of float, shape (row, column)
        Blood flow (CBF), ml per 100 ml of tissue and minute; 0 outside the brain.
    volume : ndarray of float, shape (row, column)
        Blood volume (CBV), ml per 100 ml.
    delay_s : ndarray of float, shape (row, column)
        How much later than at the measured artery the blood arrives.
    zone : ndarray of uint8, shape (row, column)
        0 healthy or no brain; 1 core, 2 penumbra, 3 slow but safe.
    artery : ndarray of bool, shape (row, column)
        A large artery, in the front between the halves, whose pixels hold blood alone.
    """

    patient: Patient
    flow: np.ndarray
    volume: np.ndarray
    delay_s: np.ndarray
    zone: np.ndarray
    artery: np.ndarray

    @property
    def transit_s(self) -> np.ndarray:
        """Mean transit time (MTT) in s: 60 · volume / flow, 0 where nothing flows."""
        return np.divide(60 * self.volume, self.flow, np.zeros_like(self.flow), where=self.flow > 0)

    @property
    def brain(self) -> np.ndarray:
        """Where there is grey or white matter."""
        return self.flow > 0

    @property
    def ml_per_pixel(self) -> float:
        """Volume of a pixel of this plane, in ml."""
        return float(np.prod(self.patient.spacing_mm)) / 1000


def supply(*, height_mm=None, core_mm=None, size=96, rng=None) -> Supply:
    """Draw a head whose middle cerebral artery is blocked on one side.

    Parameters
    ----------
    height_mm : float, optional
        Height of the plane above the anterior commissure; None draws 8 to 30 mm.
    core_mm : float, optional
        Mean radius of the core; 0 is a head without one, None draws 0 to 30 mm.
    size : int
        Rows and columns, over 240 mm.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    Supply
    """
    rng = np.random.default_rng(rng)
    body, where, what = rng.spawn(3)
    height = where.uniform(8, 30) if height_mm is None else height_mm
    planes = (height, height + PLANE_MM)
    patient = head(planes, shape=(size, size), plain=True, rng=body).plane(0)
    flow, volume = (
        patient.map({t: HEALTHY.get(t, (0, 0))[k] for t in patient.tissues}, by_density=False)[0]
        for k in (0, 1)
    )
    uneven = np.exp(0.12 * smooth_field(flow.shape, 2 * (8 / patient.spacing_mm[1],), what))
    flow, volume = flow * uneven, volume * uneven
    side = where.choice([-1, 1])
    back, left = (np.squeeze(axis) for axis in patient.grid_mm()[1:])
    same = (np.sign(left) == side)[None, :] & (flow > 0)
    core_mm = where.uniform(0, 30) if core_mm is None else core_mm
    middle = (height, where.uniform(-8, 8), side * 46)
    reach = 10 + where.uniform(8, 20)
    delay, zone = np.zeros(flow.shape), np.zeros(flow.shape, np.uint8)
    waves = int(what.integers(2**31))
    for label, grown in ((3, reach + 10), (2, reach), (1, 0)):
        radius = core_mm + grown
        if radius <= 0:
            continue
        radii = radius * np.array([1, 1.25, 0.9])
        zone[(blob(patient, middle, radii, rough=0.12, rng=waves)[0] < 1) & same] = label
    for label, (share, held, late) in enumerate(ZONES.values(), start=1):
        here = zone == label
        flow[here] *= max(what.normal(*share), 0.05)
        volume[here] *= held
        delay[here] = what.uniform(*late)
    artery = (np.abs(back + 58) < 3)[:, None] & (np.abs(left) < 3)[None, :]
    flow[artery] = volume[artery] = zone[artery] = 0
    return Supply(patient, flow, volume, delay, zone, artery)
