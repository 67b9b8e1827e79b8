"""Checks of ``41_stroke``: water, flow, a mismatch and a queue to build, a real head, a finder."""

from functools import lru_cache

import numpy as np
import scipy.linalg
import scipy.ndimage

from medkit.course.answers import Number
from medkit.course.functions import Case, Function, Trained
from medkit.data import tasks
from medkit.physics.ct.perfusion import bolus, tissue_curves


def uptake(hu, lesion):
    """Return the share of water taken up: the lesion's mean HU against that of its mirror."""
    return 1 - hu[lesion].mean() / hu[:, ::-1][lesion].mean()


@lru_cache(maxsize=4)
def _head(seed, share):
    """Return a plain head of 36 HU, darker to the front, and a lesion with a share of water."""
    rng = np.random.default_rng(seed)
    hu = 36 + np.linspace(-3, 3, 40)[:, None] + rng.normal(0, 0.5, (40, 48))
    lesion = np.zeros(hu.shape, bool)
    lesion[6:18, 5:16] = True
    return np.where(lesion, hu * (1 - share), hu), lesion


UPTAKE = Function(
    uptake,
    cases=(
        Case(_head(0, 0.05), "a stroke of two hours"),
        Case(_head(1, 0.14), "one of five and a half"),
        Case(_head(2, 0.0), "none"),
    ),
    absolute=0.002,
    slips={
        "difference": lambda hu, m: hu[:, ::-1][m].mean() - hu[m].mean(),
        "everything else": lambda hu, m: 1 - hu[m].mean() / hu[~m].mean(),
        "up and down": lambda hu, m: 1 - hu[m].mean() / hu[::-1][m].mean(),
    },
)


def _undone(artery, curves, step_s, weigh):
    """Undo the artery, its singular values s by weigh(s); return the flow at each moment."""
    matrix = scipy.linalg.circulant(np.r_[artery, np.zeros(len(artery))]) * step_s
    longer = np.concatenate([curves, np.zeros(curves.shape)])
    u, s, v = np.linalg.svd(matrix)
    return 6000 * (v.T * weigh(s)) @ (u.T @ longer)


def flow(artery, curves, step_s, strength):
    """Return the flow of each tissue, ml per 100 ml and minute, by Tikhonov's weights."""
    matrix = scipy.linalg.circulant(np.r_[artery, np.zeros(len(artery))]) * step_s
    longer = np.concatenate([curves, np.zeros(curves.shape)])
    u, s, v = np.linalg.svd(matrix)
    weight = s / (s**2 + (strength * s[0]) ** 2)
    return 6000 * ((v.T * weight) @ (u.T @ longer)).max(axis=0)


@lru_cache(maxsize=4)
def _bolus(step_s):
    times = np.arange(0, 30, step_s)  # a film that ends too soon, and small matrices
    curves = tissue_curves(times, [50.0, 22.0, 30.0], [4.0, 2.0, 5.0], [0.0, 6.0, 12.0])
    return bolus(times), curves.astype(float)


FLOW = Function(
    flow,
    cases=(
        Case((*_bolus(1.5), 1.5, 0.1), "a frame each second and a half"),
        Case((*_bolus(2.0), 2.0, 0.1), "a frame every two seconds"),
        Case((*_bolus(1.5), 1.5, 0.3), "a strong hand"),
    ),
    relative=0.01,
    slips={
        "cut": lambda a, c, dt, k: _undone(
            a, c, dt, lambda s: np.where(s > k * s[0], 1 / np.maximum(s, 1e-12), 0)
        ).max(axis=0),
        "no step": lambda a, c, dt, k: flow(a, c, 1.0, k),
        "at once": lambda a, c, dt, k: _undone(a, c, dt, lambda s: s / (s**2 + (k * s[0]) ** 2))[0],
        "per second": lambda a, c, dt, k: flow(a, c, dt, k) / 6000,
    },
)


def mismatch(share, tmax_s, ml):
    """Return core in ml, penumbra in ml, and all that is short of blood, over the core."""
    short = tmax_s > 6
    core = short & (share < 0.3)
    ratio = short.sum() / core.sum() if core.any() else np.inf
    return np.array([core.sum() * ml, (short & ~core).sum() * ml, ratio])


@lru_cache(maxsize=4)
def _maps(seed, core=5):
    """Return flow as a share of the other side, and Tmax: a blob that is late, a smaller one dry.

    A patch of old scar has little flow, but it comes in time.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:48, :48]
    far = np.hypot(y - 24, x - 14)
    share = np.where(far < 13, 0.45, 1.0) * rng.uniform(0.9, 1.1, far.shape)
    share[far < core] = 0.2
    share[30:36, 34:40] = 0.15
    tmax = np.where(far < 13, 9.0, 1.0) + rng.uniform(0, 2, far.shape)
    return share, tmax


def _in_time(share, tmax_s, ml):
    short, core = tmax_s > 6, share < 0.3
    return np.array([core.sum() * ml, (short & ~core).sum() * ml, short.sum() / core.sum()])


MISMATCH = Function(
    mismatch,
    cases=(
        Case((*_maps(0), 0.06), "a small core"),
        Case((*_maps(4, 9), 0.06), "a large one"),
        Case((*_maps(2, 0), 0.06), "none"),
    ),
    relative=0.01,
    slips={
        "core is in time": _in_time,
        "all of it": lambda *x: mismatch(*x) * [1, 0, 1] + [0, (x[1] > 6).sum() * x[2], 0],
        "without the core": lambda *x: mismatch(*x) - [0, 0, 1],
    },
)


def queue(arrive, minutes, readers):
    """Return how long each picture waits when `readers` read in the order of arrival."""
    free, waits = np.zeros(readers), []
    for at, needs in zip(arrive, minutes, strict=True):
        who = free.argmin()
        start = max(at, free[who])
        free[who] = start + needs
        waits.append(start - at)
    return np.array(waits)


def _in_turn(arrive, minutes, readers):
    waits = np.zeros(len(arrive))
    for k in range(readers):
        waits[k::readers] = queue(arrive[k::readers], minutes[k::readers], 1)
    return waits


@lru_cache(maxsize=4)
def _night(seed, n, gap):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.exponential(gap, n)), rng.exponential(8.0, n)


QUEUE = Function(
    queue,
    cases=(
        Case((*_night(0, 40, 5.0), 2), "two readers"),
        Case((*_night(1, 40, 9.0), 1), "one"),
        Case((*_night(2, 60, 3.0), 3), "three"),
    ),
    absolute=0.01,
    slips={
        "one reader": lambda arrive, minutes, readers: queue(arrive, minutes, 1),
        "until it is read": lambda arrive, minutes, readers: (
            queue(arrive, minutes, readers) + minutes
        ),
        "in turn": _in_turn,
    },
)

#: Deviation of the real cerebellum: 3.5 to 4.8 HU, depending on the box.
REAL = Number(4.2, relative=0.2)


@lru_cache(maxsize=1)
def _unseen():
    """Return 80 heads to learn from and 160 whom nobody has seen, by diffusion at 3 T."""
    known, new = (
        tasks.scan("mri_stroke", tasks.patients("mri_stroke", n, rng=seed, size=32))
        for n, seed in ((80, 4101), (160, 4102))
    )
    return known.images[..., 0], known.labels, new.images[..., 0], new.labels


def find(images, labels, new):
    """Score new heads by the brightest smooth patch that their mirror image lacks."""
    left_over = new - new[:, :, ::-1]
    return scipy.ndimage.gaussian_filter(left_over, (0, 1.2, 1.2)).max(axis=(1, 2))


FIND = Trained(
    find,
    patients=_unseen,
    goal=0.75,
    slips={
        "mean": lambda images, labels, new: new.mean(axis=(1, 2)),
        "upside down": lambda images, labels, new: -find(images, labels, new),
    },
)
