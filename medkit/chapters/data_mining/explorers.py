"""Explorers of ``24_data_mining``: a scanner that knows the diagnosis, and a paradox of shares."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medkit.data import tasks
from medkit.data.tasks.head import FIELD_MM
from medkit.views.explorer import Button, Image, Lines, Picture, Slider, Table, explorer

#: Main field of the two scanners, T: the clinic's, and the one beside the bed.
FIELDS = (3.0, 0.1)
#: Patients of `shortcut`: whom a draw chooses from, how many it chooses, and how many judge.
LEARN, LEARNERS, JUDGE = 260, 220, 120
#: Rows and columns of a patch that is covered, and of them in a picture of 32 pixels.
PATCH, PATCHES = 4, 8
#: Width of a pixel of the 32, mm.
PIXEL_MM = FIELD_MM / 32
#: Strengths of the link at which `shortcut` draws its curves.
LINKS = np.linspace(0.5, 0.98, 9)
#: Successes and patients by treatment, small stones and large ones (doi:10.1136/bmj.309.6967.1480).
STONES = {"open surgery": ((81, 87), (192, 263)), "needle": ((234, 270), (55, 80))}


def measured(images) -> np.ndarray:
    """Return eight features of each picture: (picture, row, column) → (picture, 8).

    Air in the four corners, unrest from pixel to pixel, mean, spread, median, what only one
    pixel of a hundred exceeds, the brightest place when blurred, and how much of it is bright.
    """
    images = np.asarray(images, float)
    flat = images.reshape(len(images), -1)
    corners = images[:, [0, 1, 2, 3, -4, -3, -2, -1]][:, :, [0, 1, 2, 3, -4, -3, -2, -1]]
    blurred = gaussian_filter(images, (0, 1, 1))
    return np.column_stack(
        [
            corners.mean((1, 2)),
            np.abs(np.diff(images, axis=2)).mean((1, 2)),
            flat.mean(1),
            flat.std(1),
            np.median(flat, 1),
            np.quantile(flat, 0.99, axis=1),
            blurred.max((1, 2)),
            (blurred > 0.6).mean((1, 2)),
        ]
    )


def scanned(n: int, rng=0):
    """Return pictures of n patients in both scanners, (2, n, 32, 32), and their labels."""
    cases = tasks.patients("mri_stroke", n, rng=rng, size=32)
    both = [
        tasks.scan("mri_stroke", cases, tasks.with_knob("mri_stroke", field)).images[..., 0]
        for field in FIELDS
    ]
    return np.array(both), np.array([case.label for case in cases])


@lru_cache(maxsize=1)
def _archive():
    """Return features in both scanners, labels, features of covered pictures, and a pair."""
    images, ill = scanned(LEARN + JUDGE, rng=7)
    usual = images.mean((0, 1))  # what a patch is covered with: the mean of all pictures
    some = LEARN + np.flatnonzero(ill[LEARN:] == 1)[:24]
    covered = np.repeat(images[1, some][None], PATCHES**2, axis=0)  # (patch, picture, 32, 32)
    for k in range(PATCHES**2):
        r, c = np.array(divmod(k, PATCHES)) * PATCH
        covered[k, :, r : r + PATCH, c : c + PATCH] = usual[r : r + PATCH, c : c + PATCH]
    features = np.array([measured(i) for i in images])
    hidden = measured(covered.reshape(-1, 32, 32))
    return features, ill, (features[1, some], hidden), np.concatenate(images[:, some[0]])


@lru_cache(maxsize=64)
def _fitted(link, seed):
    """Return the model learned from an archive with this link."""
    features, ill, _, _ = _archive()
    rng = np.random.default_rng(seed)
    who = rng.permutation(LEARN)[:LEARNERS]
    bedside = np.where(rng.random(LEARNERS) < link, ill[who], 1 - ill[who])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return model.fit(features[bedside, who], ill[who])


def _area(ill, scores, weights):
    """Return the AUC by pairs, where each patient counts with a weight."""
    up, down = scores[ill == 1][:, None], scores[ill == 0]
    pairs = weights[ill == 1][:, None] * weights[ill == 0]
    return (pairs * ((up > down) + 0.5 * (up == down))).sum() / pairs.sum()


@lru_cache(maxsize=256)
def _areas(link, seed):
    """Return the AUC at home, within one scanner, elsewhere, and where the link is turned round."""
    features, ill, _, _ = _archive()
    ill, one = ill[LEARN:], np.ones(JUDGE)
    x = features[:, LEARN:].reshape(2 * JUDGE, -1)
    scores = _fitted(link, seed).decision_function(x).reshape(2, JUDGE)
    both, agree = np.tile(ill, 2), np.tile(ill, 2) == np.repeat([0, 1], JUDGE)
    # Each judge was scanned twice; how often a pair occurs in a hospital is its weight.
    home, elsewhere, turned = (
        _area(both, scores.ravel(), np.where(agree, k, 1 - k)) for k in (link, 0.5, 1 - link)
    )
    within = np.mean([_area(ill, part, one) for part in scores])
    return np.array([home, within, elsewhere, turned])


@explorer(
    title="The scanner knows the diagnosis",
    link_percent=Slider(50, 98, 90, 4, unit="%", label="Ill at the bedside", play_s=6),
    seed=Button("Draw and deal patients anew"),
)
def shortcut(*, link_percent, seed):
    """Scan the ill beside the bed and the healthy in the clinic, and see what a machine learns."""
    _, _, (plain, covered), pair = _archive()
    machine = _fitted(link_percent / 100, seed)
    hidden = machine.decision_function(covered)
    pull = machine.decision_function(plain) - hidden.reshape(PATCHES**2, -1)
    curves = np.array([_areas(round(float(k), 3), seed) for k in LINKS])
    home, within, elsewhere, turned = _areas(link_percent / 100, seed)
    return Picture(
        Image(pair, "3 T above 0.1 T", limits=(0, 1), spacing_mm=PIXEL_MM, colorbar=False),
        Image(
            pull.mean(1).reshape(PATCHES, PATCHES),
            "Pull to ill",
            values=("logit", -0.6, 0.6, "difference"),
            smooth=False,
        ),
        Lines(
            100 * LINKS,
            {
                "at home": curves[:, 0],
                "within one scanner": curves[:, 1],
                "elsewhere": curves[:, 2],
                "link turned round": curves[:, 3],
            },
            "On unseen patients",
            xaxis=("ill at the bedside (%)", 49, 99),
            yaxis=("AUC", 0, 1.02),
            marks={"here": link_percent},
        ),
        caption=f"{LEARNERS} patients learned; AUC at home {home:.2f}, within one scanner "
        f"{within:.2f}, elsewhere {elsewhere:.2f}, where the link is turned round {turned:.2f}",
        alt="One head from two scanners, a map of what pulls towards ill (mean of 24 ill "
        f"patients at {FIELDS[1]:g} T), and four curves of AUC: "
        f"{home:.2f} at home, {elsewhere:.2f} elsewhere.",
    )


@explorer(
    title="Who gets which stones?",
    open_small=Slider(0, 100, 25, unit="%", label="Small stones, open surgery"),
    skin_small=Slider(0, 100, 77, unit="%", label="Small stones, needle", play_s=6),
)
def simpson(*, open_small, skin_small):
    """Keep each success rate as it was measured, and change only who is treated how."""
    x = np.array([0.0, 100.0])
    lines, places, rows = {}, {}, []
    for (name, counts), share in zip(STONES.items(), (open_small, skin_small), strict=True):
        small, large = (100 * good / all_ for good, all_ in counts)
        lines[name] = (x, np.array([large, small]))
        total = (share * small + (100 - share) * large) / 100
        places[name] = total
        rows.append([name.split()[0], f"{small:.0f} %", f"{large:.0f} %", f"{total:.1f} %"])
    dots = {
        f"{name.split()[0]}: all": (np.array([share]), np.array([places[name]]))
        for name, share in zip(STONES, (open_small, skin_small), strict=True)
    }
    ahead = max(places, key=places.get)
    return Picture(
        Lines(
            x,
            lines | dots,
            "Success, by who is treated",
            xaxis=("small stones among the treated (%)", -2, 102),
            yaxis=("success (%)", 60, 100),
            dots=tuple(dots),
        ),
        Table(
            rows,
            header=["success", "small", "large", "all"],
            title=f"Together, {ahead} leads",
            highlight=list(places).index(ahead),
        ),
        caption=f"open surgery is better for small and for large stones; all together, {ahead} is "
        f"ahead: {places['open surgery']:.0f} % and {places['needle']:.0f} %",
        alt="Two lines of success that never cross, open surgery above; a dot on each says how "
        f"many small stones were treated. All together, {ahead} is ahead.",
    )
