"""Explorers of ``30_svm``: the widest street, its price, its bends, and what it stands on."""

import warnings
from functools import lru_cache

import numpy as np
from skimage.measure import find_contours
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC

from medkit.learning.by_hand import smo
from medkit.views.explorer import (
    Button,
    Choice,
    Image,
    Lines,
    Picture,
    Point,
    Slider,
    Toggle,
    explorer,
)

#: Half the side of the plane of `boundary`, and pixels of its background.
REACH, PIXELS = 4.0, 81
KERNELS = ("linear", "polynomial", "rbf")
#: γ of the polynomial, where it only says how much the curved terms weigh.
POLYNOMIAL_GAMMA = 0.1


@lru_cache
def tumours() -> tuple[np.ndarray, np.ndarray]:
    """Return forty of the 569 real breast tumours, which a line can separate.

    Returns
    -------
    x : numpy.ndarray
        Radius and concave points of the worst nuclei, standardised, shape (40, 2).
    y : numpy.ndarray
        1 where the tumour is malignant, -1 where it is benign.
    """
    table = load_breast_cancer()
    columns = [list(table.feature_names).index(n) for n in ("worst radius", "worst concave points")]
    x, y = table.data[:, columns], 1.0 - 2 * table.target
    x = (x - x.mean(0)) / x.std(0)
    # Leave out who lies near the middle: a street between the rest is sure to exist.
    clear = np.flatnonzero(y * (x.sum(1) - 0.8) > 0.55)
    chosen = np.random.default_rng(4).choice(clear, 40, replace=False)
    return x[chosen], y[chosen]


def _ring(x, radius) -> tuple[np.ndarray, np.ndarray]:
    """Return circles around points as one broken line."""
    turn = np.append(np.linspace(0, 2 * np.pi, 17), np.nan)
    return ((x[:, :1] + radius * np.cos(turn)).ravel(), (x[:, 1:] + radius * np.sin(turn)).ravel())


def _plane(f, extent, **more) -> Image:
    """Return a background in the pale colours of the classes, white within the street."""
    f, white = np.asarray(f)[..., None], np.array([255, 255, 255])
    colour = np.where(f < 0, (252, 248, 205), (245, 224, 236))
    return Image(
        np.where(np.abs(f) < 1, white, colour).astype(np.uint8), extent=extent, smooth=False, **more
    )


def _through(normal, distance) -> np.ndarray:
    """Return the line of all x with normal·x = distance, and a gap after it."""
    along = np.array([-normal[1], normal[0]])
    return np.stack([distance * normal + t * along for t in (-9, 9, np.nan)], 1)


@explorer(
    title="Find the widest street",
    angle_deg=Slider(0, 175, 20, 1, unit="°", label="Direction across the street", play_s=8),
    offset=Slider(-1.5, 2.5, 0.2, 0.05, label="Distance of its middle from the centre"),
    widest=Toggle(False, label="Show the widest"),
)
def street(*, angle_deg, offset, widest):
    """Turn and move a line between real benign and malignant tumours."""
    x, y = tumours()
    if widest:
        model = smo.HandmadeSVM("linear", C=1e4).fit(x, y)
        w = (model.alpha_ * y) @ x
        normal, middle = w / np.linalg.norm(w), -model.bias_ / np.linalg.norm(w)
    else:
        normal = np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])
        middle = offset
    distance = y * (x @ normal - middle)
    wrong, half = int((distance < 0).sum()), max(float(distance.min()), 0.0)
    touching = np.abs(distance) < half + 0.02 if half else np.zeros(len(y), bool)
    angles = np.arange(0, 180)
    across = x @ np.array([np.cos(np.radians(angles)), np.sin(np.radians(angles))])
    room = across[y > 0].min(0) - across[y < 0].max(0)
    now = np.degrees(np.arctan2(normal[1], normal[0])) % 180
    grid = np.stack(np.meshgrid(np.linspace(-2, 4, 181), np.linspace(4, -2, 181)), -1)
    lines = [_through(normal, middle + side * half) for side in (-1, 0, 1)]
    story = f"{wrong} tumours on the wrong side" if wrong else f"the street is {2 * half:.2f} wide"
    return Picture(
        _plane(
            (grid @ normal - middle) / max(half, 1e-9),
            (-2, 4, 4, -2),
            title="Forty real tumours",
            xlabel="radius (standard deviations)",
            ylabel="concave points (standard deviations)",
            curves={
                "street": tuple(np.concatenate(lines, 1)),
                "on its edge": _ring(x[touching], 0.13),
            },
            points={"benign": tuple(x[y < 0].T), "malignant": tuple(x[y > 0].T)},
        ),
        Lines(
            angles,
            {"widest possible": np.where(room > 0, room, np.nan), "yours": ([now], [2 * half])},
            "Room in each direction",
            xaxis=("direction across the street (°)", 0, 180),
            yaxis=("width (standard deviations)", 0, 1.6),
            dots=["yours"],
        ),
        caption=f"{story}; direction {now:.0f}°",
        alt=f"Forty tumours in a plane, a line at {now:.0f}° between benign and malignant ones, "
        f"and the width of the widest street in each direction; {story}.",
    )


@lru_cache(maxsize=64)
def samples(pattern: str, noise: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return invented samples of two classes, -1 and 1, in a plane: (n, 2) and (n,)."""
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) % 2, 1.0, -1.0)
    t = rng.uniform(0, np.pi, n)
    if pattern == "clouds":
        x = np.c_[1.3 * y, 0.8 * y] + 0.5 * rng.standard_normal((n, 2))
    elif pattern == "moons":
        x = np.c_[1.8 * np.cos(t) * y + 0.9 * y, 1.8 * np.sin(t) * y - 0.5 * y]
    else:
        radius = np.where(y > 0, 2.4, 0.8)
        x = radius[:, None] * np.c_[np.cos(2 * t), np.sin(2 * t)]
    return np.clip(x + noise * rng.standard_normal((n, 2)), -REACH, REACH), y


class Plane:
    """A machine fitted in the plane, with its decision function for many places.

    Parameters
    ----------
    x, y : numpy.ndarray
        Samples (n, 2) and labels -1 and 1.
    kernel : {"linear", "polynomial", "rbf"}
    C, gamma : float
    """

    def __init__(self, x, y, kernel, C, gamma):
        gamma = gamma if kernel == "rbf" else POLYNOMIAL_GAMMA
        name = "poly" if kernel == "polynomial" else kernel
        # With much overlap and C = 1000 the last digits would take for ever.
        # Without a random_state it would draw a seed from NumPy's global state, and not use it.
        model = SVC(
            kernel=name,
            C=C,
            gamma=gamma,
            degree=3,
            coef0=1.0,
            tol=1e-2,
            max_iter=20_000,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, y)
        self.kernel, self.gamma = kernel, gamma
        self.vectors, self.weights = model.support_vectors_, model.dual_coef_[0]
        self.bias, self.C = model.intercept_[0], C

    def f(self, z) -> np.ndarray:
        """Return the decision function at the rows of z, (m, 2): scikit-learn's, unchecked."""
        if self.kernel == "linear":
            gram = smo.linear(z, self.vectors)
        elif self.kernel == "polynomial":
            gram = smo.polynomial(z, self.vectors, self.gamma, 3)
        else:
            gram = smo.rbf(z, self.vectors, self.gamma)
        return gram @ self.weights + self.bias

    def accuracy(self, x, y) -> float:
        """Return the share of samples on their own side."""
        return float(np.mean(np.sign(self.f(x)) == y))


#: Values along which `boundary` is scored.
SWEEPS = {"γ": np.geomspace(0.01, 100, 13), "C": np.geomspace(0.01, 1000, 16)}


@lru_cache(maxsize=64)
def _sweep(pattern, kernel, C, noise, stray, seed):
    """Return training and test accuracy along γ, or along C if that is None."""
    x, y = _with_stray(pattern, noise, stray, seed)
    new = samples(pattern, noise, 400, 1000 + seed)
    settings = [(C, v) for v in SWEEPS["γ"]] if C else [(v, None) for v in SWEEPS["C"]]
    planes = [Plane(x, y, kernel, *setting) for setting in settings]
    return np.array([(p.accuracy(x, y), p.accuracy(*new)) for p in planes]).T


def _with_stray(pattern, noise, stray, seed):
    """Return forty samples and the learner's own, which belongs to the second class."""
    x, y = samples(pattern, noise, 40, seed)
    return np.vstack([x, [stray]]), np.append(y, 1.0)


def _contours(f, levels) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines where f, on the pixels of the plane, has one of these values."""
    lines = [line for level in levels for line in find_contours(f, level)]
    gap = np.full((1, 2), np.nan)
    row, column = np.concatenate([part for line in lines for part in (line, gap)] or [gap]).T
    step = 2 * REACH / (PIXELS - 1)
    return column * step - REACH, REACH - row * step


@explorer(
    title="A boundary, alive",
    pattern=Choice(
        {"two clouds": "clouds", "two moons": "moons", "a ring": "ring"},
        default="moons",
        label="Samples",
    ),
    kernel=Choice(KERNELS, default="rbf", label="Kernel"),
    C=Slider(0.01, 1000.0, 1.0, 0.01, log=True, label="C, the price of a mistake"),
    gamma=Slider(0.01, 100.0, 0.5, 0.01, log=True, label="γ, how local the kernel is", play_s=8),
    noise=Slider(0.0, 1.2, 0.35, 0.05, label="Noise"),
    stray=Point(
        -1.5,
        1.5,
        xlim=(-REACH, REACH),
        ylim=(-REACH, REACH),
        unit="",
        label="A stray sample of the second class",
    ),
    seed=Button("New samples"),
)
def boundary(*, pattern, kernel, C, gamma, noise, stray, seed):
    """Change kernel, C and γ, drag a stray sample about, and watch the street."""
    x, y = _with_stray(pattern, noise, stray, seed)
    new = samples(pattern, noise, 400, 1000 + seed)
    plane = Plane(x, y, kernel, C, gamma)
    side = np.linspace(-REACH, REACH, PIXELS)
    places = np.stack(np.meshgrid(side, side[::-1]), -1).reshape(-1, 2)
    f = plane.f(places).reshape(PIXELS, PIXELS)
    train, test = plane.accuracy(x, y), plane.accuracy(*new)
    setting, at = ("γ", gamma) if kernel == "rbf" else ("C", C)
    swept = _sweep(pattern, kernel, C if kernel == "rbf" else None, noise, stray, seed)
    half = REACH + side[1] - side[0]
    return Picture(
        _plane(
            f,
            (-half, half, half, -half),
            title="Forty samples and yours",
            xlabel="feature 1",
            ylabel="feature 2",
            curves={
                "street": _contours(f, (-1, 0, 1)),
                "support vectors": _ring(plane.vectors, 0.17),
            },
            points={"first": tuple(x[y < 0].T), "second": tuple(x[y > 0].T)},
        ),
        Lines(
            SWEEPS[setting],
            {"these samples": swept[0], "400 new ones": swept[1]},
            "How many are right",
            xaxis=(setting, 0.01, SWEEPS[setting][-1], "log"),
            yaxis=("share on their own side", 0.4, 1.02),
            marks={f"{setting} = {at:g}": at},
        ),
        caption=f"{len(plane.vectors)} of 41 are support vectors; right: {train:.0%} of these, "
        f"{test:.0%} of 400 new ones",
        alt=f"Samples of two classes in a plane with the street of a {kernel} machine, C {C:g}, "
        f"γ {gamma:g}; {len(plane.vectors)} support vectors are ringed. Beside it, the share of "
        f"samples that are right, along {setting}.",
    )


def _circle(radius) -> np.ndarray:
    """Return a circle around the origin, (2, 62), with a gap after it."""
    angle = np.append(np.linspace(0, 2 * np.pi, 61), np.nan)
    return radius * np.array([np.cos(angle), np.sin(angle)])


def _seen(xy, z, turn, tilt) -> np.ndarray:
    """Return where points in space are seen on a page: turned, then tilted towards the eye."""
    (x, y), turn, tilt = xy, np.radians(turn), np.radians(tilt)
    away = np.sin(turn) * x + np.cos(turn) * y
    return np.array([np.cos(turn) * x - np.sin(turn) * y, np.sin(tilt) * away + np.cos(tilt) * z])


@explorer(
    title="Lift the plane",
    lift=Slider(0.0, 1.0, 1.0, 0.05, label="Lift: height = lift × (x² + y²)", play_s=6),
    cut=Slider(0.2, 8.0, 2.8, 0.1, label="Height of the cut"),
    turn=Slider(0, 360, 30, 5, unit="°", label="Walk around", play_s=8),
    tilt=Slider(0, 90, 15, 5, unit="°", label="Look down"),
)
def lifting(*, lift, cut, turn, tilt):
    """Give flat samples a third coordinate, until a plane can separate them."""
    x, y = samples("ring", 0.25, 80, 2)
    height = lift * (x**2).sum(1)
    above = np.where(height > cut, 1.0, -1.0)
    right = float(np.mean(above == y))
    side = np.linspace(-REACH, REACH, PIXELS)
    f = np.where(lift * (side[:, None] ** 2 + side**2) > cut, 2.0, -2.0)
    radius = np.sqrt(cut / lift) if lift else np.inf
    half = REACH + side[1] - side[0]
    bowl = np.concatenate([_circle(r) for r in (1, 2, 3)], 1)
    ring = _circle(min(radius, 99.0))
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]).T * 3.2
    feet, heads = _seen(x.T, 0, turn, tilt), _seen(x.T, height, turn, tilt)
    stems = np.stack([feet, heads, np.full_like(feet, np.nan)], -1).reshape(2, -1)
    return Picture(
        _plane(
            f,
            (-half, half, half, -half),
            title="From above: two features",
            xlabel="x",
            ylabel="y",
            curves={"cut": tuple(ring), "bowl": tuple(bowl)},
            points={"first": tuple(x[y < 0].T), "second": tuple(x[y > 0].T)},
        ),
        Lines(
            [0.0],
            {
                "bowl": tuple(_seen(bowl, lift * (bowl**2).sum(0), turn, tilt)),
                "cut": tuple(_seen(corners, cut, turn, tilt)),
                "": tuple(stems),
                "second": tuple(heads[:, y > 0]),
                "first": tuple(heads[:, y < 0]),
            },
            "With a third feature",
            xaxis=("across", -5, 5),
            yaxis=("up", -4.5, 10),
            dots=["first", "second"],
        ),
        caption=f"the cut has {right:.0%} of the samples on the right side"
        + (f"; seen from above it is a circle of radius {radius:.1f}" if radius < 6 else ""),
        alt="A disc of samples within a ring of others; lifted into a bowl, with a level plane "
        f"that cuts it at height {cut:g} and leaves {right:.0%} on the right side.",
    )
