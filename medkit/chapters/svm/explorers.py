"""Explorers of ``30_svm``: the widest street, its price, its bends, and what it stands on."""

import warnings
from functools import lru_cache

import numpy as np
from skimage.measure import find_contours
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC

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
KERNELS = {"linear": "linear", "polynomial": "poly", "rbf": "rbf"}
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
        model = SVC(kernel="linear", C=1e4, random_state=0).fit(x, y)
        w, bias = model.coef_[0], model.intercept_[0]
        normal, middle = w / np.linalg.norm(w), -bias / np.linalg.norm(w)
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


def machine(x, y, kernel, C, gamma) -> SVC:
    """Return a machine that has learned samples (n, 2) with labels -1 and 1."""
    # With much overlap and C = 1000 the last digits would take for ever.
    # Without a random_state it would draw a seed from NumPy's global state, and not use it.
    model = SVC(
        kernel=kernel,
        C=C,
        gamma=gamma if kernel == "rbf" else POLYNOMIAL_GAMMA,
        coef0=1.0,
        tol=1e-2,
        max_iter=20_000,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, y)


#: Values along which `boundary` is scored.
SWEEPS = {"γ": np.geomspace(0.01, 100, 13), "C": np.geomspace(0.01, 1000, 16)}


@lru_cache(maxsize=64)
def _sweep(pattern, kernel, C, noise, stray, seed):
    """Return training and test accuracy along γ, or along C if that is None."""
    x, y = _with_stray(pattern, noise, stray, seed)
    new = samples(pattern, noise, 400, 1000 + seed)
    settings = [(C, v) for v in SWEEPS["γ"]] if C else [(v, None) for v in SWEEPS["C"]]
    models = [machine(x, y, kernel, *setting) for setting in settings]
    return np.array([(m.score(x, y), m.score(*new)) for m in models]).T


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
    model = machine(x, y, kernel, C, gamma)
    side = np.linspace(-REACH, REACH, PIXELS)
    places = np.stack(np.meshgrid(side, side[::-1]), -1).reshape(-1, 2)
    f = model.decision_function(places).reshape(PIXELS, PIXELS)
    train, test = model.score(x, y), model.score(*new)
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
                "support vectors": _ring(model.support_vectors_, 0.17),
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
        caption=f"{len(model.support_)} of 41 are support vectors; right: {train:.0%} of these, "
        f"{test:.0%} of 400 new ones",
        alt=f"Samples of two classes in a plane with the street of a {kernel} machine, C {C:g}, "
        f"γ {gamma:g}; {len(model.support_)} support vectors are ringed. Beside it, the share of "
        f"samples that are right, along {setting}.",
    )
