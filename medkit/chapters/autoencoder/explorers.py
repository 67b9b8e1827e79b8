"""Explorers of ``33_autoencoder``: the latent plane, strangers, and bottlenecks beside JPEG.

The networks were trained once (`medkit.learning.studies.autoencoder_showcase`); here their weights
are multiplied in NumPy, so that no Keras has to be loaded.
"""

import io
from functools import lru_cache

import numpy as np
from scipy.special import erf

from medkit.data.sets.shipped import arrays
from medkit.learning.classical.anomaly import summarise
from medkit.learning.evaluation import auc, roc
from medkit.views.explorer import Choice, Image, Lines, Picture, Point, Slider, Toggle, explorer

#: Pixel of the simulated heads.
SPACING_MM = 240 / 64
#: Sizes of the bottleneck: those of `medkit.learning.studies.autoencoder_showcase`, which loads
#: Keras.
CODES = (2, 8, 32, 128)
#: How far the plane is shown, in standard deviations.
EDGE = 3.0


@lru_cache(maxsize=4)
def shipped(name: str) -> dict[str, np.ndarray]:
    """Return a file of weights and pictures, with halves and bytes as float32 from 0 to 1."""
    scaled = {}
    for key, value in arrays(f"autoencoder_{name}").items():
        if value.dtype == np.uint8 and key != "masks":
            value = value / np.float32(255)
        scaled[key] = value.astype(np.float32) if value.dtype == np.float16 else value
    return scaled


def decode(codes: np.ndarray) -> np.ndarray:
    """Return the heads at places of the latent plane, shape (n, 64, 64): a forward pass by hand."""
    weights = shipped("plane")
    x, last = np.atleast_2d(codes).astype(np.float32), 4
    for k in range(0, last + 1, 2):
        x = x @ weights[f"w{k}"] + weights[f"w{k + 1}"]
        if k < last:
            x = 0.5 * x * (1 + erf(x / np.float32(np.sqrt(2))))  # GELU
    return x.reshape(-1, 64, 64)


@lru_cache(maxsize=1)
def _mosaic(tiles: int = 9) -> np.ndarray:
    """Return heads decoded all over the plane, side by side: the map on which cases lie."""
    at = (np.arange(tiles) + 0.5) / tiles * 2 * EDGE - EDGE
    codes = np.stack(np.meshgrid(at, at[::-1]), -1).reshape(-1, 2)
    small = decode(codes)[:, ::2, ::2].reshape(tiles, tiles, 32, 32)
    return small.transpose(0, 2, 1, 3).reshape(tiles * 32, tiles * 32)


@explorer(
    title="Walk the latent plane",
    place=Point(
        -1.0, 0.5, xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), unit="1", label="Place in the plane"
    ),
    cases=Toggle(True, label="Show the cases"),
)
def latent_plane(*, place, cases):
    """Drag the point: two numbers become a head. Healthy and ill lie mixed."""
    data, code = shipped("plane"), np.array(place)
    distance = np.hypot(*(data["codes"] - code).T)
    nearest = int(distance.argmin())
    ill = data["ill"]
    points = {"healthy": data["codes"][~ill].T, "stroke": data["codes"][ill].T} if cases else {}
    words = "with a stroke" if ill[nearest] else "healthy"
    look = {"unit": "1", "limits": (0, 1), "colorbar": False, "smooth": True}
    return Picture(
        Image(
            _mosaic(),
            "The plane, decoded",
            values=("1", 0, 1),
            colorbar=False,
            spacing_mm=1,
            xaxis=("first number (1)", -EDGE, EDGE),
            yaxis=("second number (1)", EDGE, -EDGE),
            points={name: tuple(xy.clip(-EDGE, EDGE)) for name, xy in points.items()},
        ),
        Image(decode(code)[0], "Decoded here", spacing_mm=SPACING_MM, **look),
        Image(data["pictures"][nearest], "Nearest case", spacing_mm=2 * SPACING_MM, **look),
        caption=f"({code[0]:.2f}, {code[1]:.2f}) → 4096 pixels; the nearest case, "
        f"{distance[nearest]:.2f} away, is {words}",
        alt="A map of decoded heads with healthy and ill cases mixed on it, the head decoded at "
        f"({code[0]:.2f}, {code[1]:.2f}), and the nearest case, {words}.",
    )


SUMMARIES = {
    "mean error": ("mean", 5),
    "worst patch": ("patch", 5),
    "worst patch that is too bright": ("bright", 5),
}


@lru_cache(maxsize=1)
def _anomalies():
    """Return the pictures, reconstructions and lesions of the test heads."""
    data = shipped("anomalies")
    masks = np.unpackbits(data["masks"], axis=-1).astype(bool).reshape(data["pictures"].shape)
    return data["pictures"], data["drawn"], data["ill"], masks, data["size_mm"]


@lru_cache(maxsize=8)
def _scores(method: str, summary: str, patch: int):
    """Return a score of each test head, its scale chosen so that the greatest is 100."""
    pictures, drawn, ill, _, _ = _anomalies()
    other = drawn if method == "network" else shipped("anomalies")["mean"]
    scores = np.sqrt(summarise((pictures - other)[..., None], summary, patch))
    scores = 100 * scores / scores.max()
    return scores, roc(ill, scores), auc(ill, scores)


def _smooth_counts(scores, at, width=3.0):
    return np.exp(-0.5 * ((at[:, None] - scores) / width) ** 2).mean(1)


@explorer(
    title="How unlike a healthy head is it?",
    case=Slider(0, 59, 7, 1, label="Case"),
    threshold=Slider(0.0, 100.0, 50.0, 0.5, unit="% of the greatest", label="Threshold"),
    method=Choice(
        {"autoencoder": "network", "the mean healthy head": "mean"}, label="Compare with"
    ),
    summary=Choice(SUMMARIES, default=("bright", 5), label="Score"),
    truth=Toggle(False, label="Show the truth"),
)
def anomalies(*, case, threshold, method, summary, truth):
    """Move the threshold on the error, and see who is called ill, rightly and wrongly."""
    pictures, drawn, ill, masks, size_mm = _anomalies()
    scores, curve, area = _scores(method, *summary)
    called = scores > threshold
    hit, false = called[ill].mean(), called[~ill].mean()
    shown = shipped("anomalies")["mean"] if method == "mean" else drawn[case]
    lesion = {"lesion": masks[case]} if truth and ill[case] else {}
    at = np.linspace(0, 100, 101)
    fact = f"stroke, {size_mm[case]:.0f} mm" if ill[case] else "healthy"
    known = f" (truth: {fact})" if truth else ""
    verdict = f"case {case}: score {scores[case]:.0f}, {'ill' if called[case] else 'healthy'}"
    head = {"spacing_mm": SPACING_MM, "smooth": True, "colorbar": False, "unit": "1"}
    return Picture(
        Image(
            pictures[case],
            f"Diffusion MRI: {fact}" if truth else "Diffusion MRI",
            limits=(0, 1),
            masks=lesion,
            **head,
        ),
        Image(shown, "As a healthy head", limits=(0, 1), **head),
        Image(
            pictures[case] - shown,
            "Difference",
            limits=(-0.4, 0.4),
            colormap="difference",
            masks=lesion,
            **head,
        ),
        Lines(
            at,
            {
                "healthy": _smooth_counts(scores[~ill], at),
                "stroke": _smooth_counts(scores[ill], at),
            },
            "Scores of 60 heads",
            xaxis=("score (% of the greatest)", 0, 100),
            yaxis=("share (1)", 0, 0.6),
            marks={"threshold": threshold, f"case {case}": scores[case]},
        ),
        Lines(
            curve.false_positive_rate,
            {
                "ROC": curve.sensitivity,
                "chance": curve.false_positive_rate,
                "threshold": ([false], [hit]),
            },
            "ROC",
            xaxis=("healthy called ill (1)", 0, 1),
            yaxis=("ill called ill (1)", 0, 1.02),
            dots=["threshold"],
            dashed=["chance"],
        ),
        caption=f"{verdict}{known}; AUC {area}; finds {hit:.0%} of the ill, alarms {false:.0%} "
        "of the healthy",
        alt=f"A head, its reconstruction, their difference, the scores of healthy and ill heads, "
        f"and a ROC curve with an area of {area.value:.2f}.",
    )


SUBJECTS = ("a new healthy head", "a head with a stroke", "another scanner: CT", "a breast")


def scan_bytes(file: bytes) -> int:
    """Return how many bytes of a JPEG hold the picture: all but header, tables and end."""
    scan = file.index(b"\xff\xda")
    return len(file) - scan - 2 - int.from_bytes(file[scan + 2 : scan + 4], "big") - 2


@lru_cache(maxsize=4)
def _jpeg(subject: int):
    """Return the bytes and the picture of every JPEG quality; header and tables do not count."""
    from PIL import Image as Pillow

    whole = Pillow.fromarray(
        np.round(255 * shipped("bottlenecks")["pictures"][subject]).astype("u1")
    )
    files = []
    for quality in (*range(1, 20), *range(20, 100, 5)):
        buffer = io.BytesIO()
        whole.save(buffer, "JPEG", quality=quality)
        files.append(
            (scan_bytes(buffer.getvalue()), np.asarray(Pillow.open(buffer)) / np.float32(255))
        )
    return files


def _rms(a, b):
    return float(np.sqrt(np.mean((a - b) ** 2)))


@explorer(
    title="How few bytes are a head?",
    size=Choice({str(size): size for size in CODES}, default=32, label="Numbers in the bottleneck"),
    subject=Choice({name: k for k, name in enumerate(SUBJECTS)}, label="Picture"),
)
def bottleneck(*, size, subject):
    """Squeeze a picture through ever fewer numbers, and set it beside JPEG."""
    data = shipped("bottlenecks")
    picture = data["pictures"][subject]
    network, pca = data[f"network{size}"][subject], data[f"pca{size}"][subject]
    files = _jpeg(subject)
    fitting = [file for file in files if file[0] <= size] or files[:1]
    length, jpeg = fitting[-1]
    head = {"limits": (0, 1), "unit": "1", "smooth": True, "colorbar": False}
    errors = {
        name: [_rms(data[f"{kind}{n}"][subject], picture) for n in CODES]
        for name, kind in (("network", "network"), ("PCA", "pca"))
    }
    lengths, wrong = zip(*((n, _rms(j, picture)) for n, j in files), strict=True)
    return Picture(
        Image(picture, "Original: 4096 bytes", **head),
        Image(network, f"Network: {size} bytes", **head),
        Image(pca, f"PCA: {size} bytes", **head),
        Image(jpeg, f"JPEG: {length} bytes", **head),
        Lines(
            np.array(CODES),
            errors | {"JPEG": (np.array(lengths), np.array(wrong))},
            "Error against bytes",
            xaxis=("bytes (1)", 1, 4096, "log"),
            yaxis=("RMS error (1)", 0, 0.3),
            marks={f"{size}": size},
        ),
        caption=f"{SUBJECTS[subject]}: RMS error network {_rms(network, picture):.3f}, PCA "
        f"{_rms(pca, picture):.3f} at {size} bytes; JPEG {_rms(jpeg, picture):.3f} at {length}",
        alt=f"{SUBJECTS[subject]} as it is, after a bottleneck of {size} numbers of a network and "
        f"of PCA, and as a JPEG of {length} bytes, with their errors.",
    )
