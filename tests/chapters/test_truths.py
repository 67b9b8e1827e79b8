"""The truth of a function exercise agrees with an independent reader of the same question."""

import math

import numpy as np
import pandas
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_windowing
from scipy import integrate, ndimage, optimize, signal, special, stats
from skimage import measure
from skimage.filters import threshold_multiotsu
from skimage.segmentation import flood
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import hinge_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from medkit.course.chapters import find_exercise


def disc(angles, s, x, y, radius, mu):
    """Turn the ray and the circle, and look where they meet: the roots of a quadratic."""
    out = np.zeros((len(angles), len(s)))
    for row, angle in zip(out, np.deg2rad(angles), strict=True):
        foot = s[:, None] * [np.cos(angle), np.sin(angle)] - [x, y]
        along = np.array([-np.sin(angle), np.cos(angle)])
        for k, point in enumerate(foot):
            roots = np.roots([1, 2 * point @ along, point @ point - radius**2])
            row[k] = mu * abs(roots[0] - roots[1]) if np.isreal(roots).all() else 0
    return out


def steady(flip_deg, t1_ms, tr_ms):
    """Solve Ernst's balance: what a TR brings back is what a pulse took."""
    cos, e1 = math.cos(math.radians(flip_deg)), math.exp(-tr_ms / t1_ms)
    mz = np.linalg.solve([[1 - cos * e1]], [1 - e1])[0]
    return mz * math.sin(math.radians(flip_deg))


def slow_image(data):
    """Add up the waves, one pixel at a time."""
    rows, columns = (np.arange(n) - n // 2 for n in data.shape)
    up, across = (np.exp(2j * np.pi * np.outer(k, k) / k.size) / k.size for k in (rows, columns))
    return np.abs(up @ data @ across.T)


def null(t1_ms, tr_ms):
    """Look for the time without magnetisation."""

    def magnetisation(ti):
        return 1 - 2 * np.exp(-ti / t1_ms) + np.exp(-tr_ms / t1_ms)

    return optimize.brentq(magnetisation, 0, 1e5)


def fire(elements, x, z):
    """Start all at the moment at which a wave from the point would reach them, time reversed."""
    arrival = [math.dist((at, 0), (x, z)) / 1.54 for at in elements]
    return np.array([max(arrival) - late for late in arrival])


def convex(x, z, radius):
    """Walk along each line from the arc until the pixel is nearest."""
    seen = []
    for pixel in zip(np.ravel(x), np.ravel(z), strict=True):

        def away(line, pixel=pixel):
            depth, angle = line
            way = radius + depth
            at = way * np.sin(angle), way * np.cos(angle) - radius
            return (at[0] - pixel[0]) ** 2 + (at[1] - pixel[1]) ** 2

        found = optimize.minimize(away, (pixel[1], 0.1), method="Nelder-Mead", tol=1e-10).x
        seen.append((found[0], np.rad2deg(found[1])))
    return np.array(seen).T.reshape(2, *np.shape(x))


def tied_slope(x, encoder):
    """Take differences of the loss."""

    def loss(flat):
        matrix = flat.reshape(encoder.shape)
        return ((x @ matrix @ matrix.T - x) ** 2).sum() / len(x)

    step = 1e-6 * np.eye(encoder.size)
    flat = encoder.ravel()
    return np.array([(loss(flat + s) - loss(flat - s)) / 2e-6 for s in step]).reshape(encoder.shape)


def awake(mean, log_variance):
    """Integrate p log(p / q), number by number and patient by patient, and count."""
    z = np.linspace(-30, 30, 6001)

    def one(m, v):
        p, q = (stats.norm(m, np.exp(v / 2)), stats.norm())
        return integrate.trapezoid(p.pdf(z) * (p.logpdf(z) - q.logpdf(z)), z)

    return (np.vectorize(one)(mean, log_variance).mean(0) > 0.1).sum()


def downhill(w, b, x, y, price):
    """Take differences of the loss, of which the library knows the dear part."""

    def loss(at):
        f = x @ at[:-1] + at[-1]
        return (at[:-1] ** 2).sum() / 2 + price.sum() * hinge_loss(y, f, sample_weight=price)

    at, step = np.append(w, b), 1e-6 * np.eye(len(w) + 1)
    return np.array([(loss(at + s) - loss(at - s)) / 2e-6 for s in step])


def lead(pair, a, b):
    better = max((a, b), key=np.mean)
    return np.mean(pair - better), stats.sem(pair - better)


def steps(frames, delays):
    """Invert the three equations of each pixel by the normal matrix."""
    basis = np.array([np.ones(len(delays)), np.cos(delays), np.sin(delays)])
    _, c, s = np.tensordot(np.linalg.solve(basis @ basis.T, basis), frames, 1)
    return np.angle(c + 1j * s)


def strongest(fringes, wavelength_um):
    """Search the depth whose cosine fits the fringes best: no FFT, no resampling."""
    depths = np.arange(50, 1000, 0.5)
    waves = np.exp(4j * np.pi * depths[:, None] / wavelength_um)
    return depths[np.abs(waves @ fringes).argmax()]


def windowing(hu, centre, width):
    """Ask pydicom for a window over 8 bits."""
    ds = Dataset()
    ds.PhotometricInterpretation, ds.PixelRepresentation, ds.BitsStored = "MONOCHROME2", 0, 8
    ds.WindowCenter, ds.WindowWidth = centre, width
    return apply_windowing(hu, ds)


def chosen_in_folds(x, y):
    """Rank the features of four parts by the distance of their means, and judge the fifth."""
    areas = []
    for learn, judge in StratifiedKFold(5).split(x, y):
        ill, healthy = x[learn][y[learn] == 1], x[learn][y[learn] == 0]
        best = np.abs(stats.ttest_ind(ill, healthy)[0]).argsort()[-10:]
        model = LogisticRegression().fit(x[learn][:, best], y[learn])
        scores = model.decision_function(x[judge][:, best])
        wins = stats.mannwhitneyu(scores[y[judge] == 1], scores[y[judge] == 0]).statistic
        areas.append(wins / np.prod(np.bincount(y[judge])))
    return np.mean(areas)


def lowered(labels, scores, wanted):
    """Lower the threshold from score to score until enough of the ill are found."""
    for threshold in np.sort(scores)[::-1]:
        if np.mean(scores[labels == 1] >= threshold) >= wanted - 1e-12:
            return threshold
    return None


def propagated(logits, classes):
    """Take differences of the loss, whose logarithm of a sum is SciPy's."""

    def loss(f):
        return np.mean(special.logsumexp(f, axis=1) - f[np.arange(len(f)), classes])

    step = 1e-4 * np.eye(logits.size).reshape(-1, *logits.shape)
    slopes = [(loss(logits + s) - loss(logits - s)) / 2e-4 for s in step]
    return np.reshape(slopes, logits.shape)


def carried(a, b):
    """Carry one Gaussian onto the other, and count the mean square of the way."""
    ca, cb = np.cov(a.T), np.cov(b.T)
    values, vectors = np.linalg.eigh(ca)
    half = vectors * np.sqrt(values) @ vectors.T  # C_a^½
    inner, axes = np.linalg.eigh(half @ cb @ half)
    mover = np.linalg.inv(half) @ (axes * np.sqrt(inner.clip(0)) @ axes.T) @ np.linalg.inv(half)
    rest = (mover - np.eye(len(ca))) @ ca @ (mover - np.eye(len(ca)))
    return np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(rest)


def spread_out(image, kernel, gap):
    """Put zeros between the weights, and let SciPy correlate."""
    wide = np.zeros((gap * (len(kernel) - 1) + 1,) * 2)
    wide[::gap, ::gap] = kernel
    return signal.correlate2d(image, wide, "valid")


def slices(masks, pixel_mm, thickness_mm, gap_mm):
    """Measure what an outline encloses, a slice at a time: all that is not reached from outside."""
    total = 0
    for mask in masks:
        outside, _ = ndimage.label(~np.pad(mask, 1))
        total += np.sum(outside != outside[0, 0]) * pixel_mm**2 / 100  # cm²
    return total * (thickness_mm + gap_mm) / 10


def swept(mask, least):
    """Measure the regions of another library, and draw again those that are large enough."""
    marks = measure.label(mask, connectivity=1)
    regions = [r.label for r in measure.regionprops(marks) if r.area >= least]
    return np.isin(marks, regions)


def by_waves(artery, curves, step_s, strength):
    """Divide wave by wave, as a Wiener filter does: a circulant matrix is diagonal there."""
    n = 2 * len(artery)
    wave = np.fft.fft(artery, n) * step_s
    filter_ = wave.conj() / (np.abs(wave) ** 2 + (strength * np.abs(wave).max()) ** 2)
    return 6000 * np.fft.ifft(filter_[:, None] * np.fft.fft(curves, n, axis=0), axis=0).real.max(0)


def stepped(p, level):
    """Reject the smallest of those that are left, as long as Bonferroni does."""
    left, real = list(range(len(p))), np.zeros(len(p), bool)
    while left and min(p[k] for k in left) <= level / len(left):
        smallest = min(left, key=lambda k: p[k])
        real[smallest] = True
        left.remove(smallest)
    return real


#: Exercise → a library's function, a search or an integral that does not know the formula.
INDEPENDENT = {
    "01_concepts.crumbs": swept,
    "00_start_here.region_mean": lambda pixels, mask: ndimage.mean(pixels, mask, 1),
    "10_dicom.window": windowing,
    "11_ct.disc_sinogram": disc,
    "12_mri.null_ti": null,
    "12_mri.reconstruct": slow_image,
    "12_mri.steady": steady,
    "12_mri.unfold": lambda s, y: np.linalg.pinv(s) @ y,
    "13_ultrasound.focus": fire,
    "13_ultrasound.convex": convex,
    "13_ultrasound.power": lambda iq: np.var(iq.real, axis=0) + np.var(iq.imag, axis=0),
    "14_optics.unwrap": np.unwrap,
    "14_optics.any_steps": steps,
    "14_optics.a_scan": strongest,
    "20_computer_vision.three": lambda counts: threshold_multiotsu(
        hist=(counts, np.arange(len(counts)))
    ),
    "21_machine_learning.deal": lambda patients, folds: pandas.factorize(patients)[0] % folds,
    "21_machine_learning.highest": lowered,
    "21_machine_learning.honest": chosen_in_folds,
    "24_data_mining.discoveries": lambda p, q: stats.false_discovery_control(p) <= q + 1e-12,
    "22_deep_learning.slope": propagated,
    "30_svm.price": downhill,
    "31_cnn.dilate": spread_out,
    "34_gan.frechet": carried,
    "33_autoencoder.awake": awake,
    "33_autoencoder.tied": tied_slope,
    "35_photons_to_diagnosis.search": lambda d, places: integrate.quad(
        lambda x: (
            stats.norm.pdf(x - d) * stats.norm.cdf(x) ** (2 * places - 1)
            + (places - 1)
            * stats.norm.cdf(x - d)
            * stats.norm.pdf(x)
            * stats.norm.cdf(x) ** (2 * places - 2)
        ),
        -10,
        10 + d,
    )[0],
    "35_photons_to_diagnosis.ties": lambda labels, ratings: roc_auc_score(labels, ratings),
    "36_pairs.lead": lead,
    "41_stroke.flow": by_waves,
    "43_bone.areal": lambda mineral, voxel: np.trapezoid(
        np.repeat(mineral, 2, axis=1),
        np.repeat(np.arange(mineral.shape[1] + 1), 2)[1:-1] * voxel / 10,
        axis=1,
    ),
    "43_bone.mineral": lambda bone, hu, held: (lambda line: line.intercept + line.slope * bone)(
        stats.linregress(hu, held)
    ),
    "40_heart.stack": slices,
    "50_challenges.needed": lambda n, area, goal: optimize.brentq(
        lambda log_n: (
            stats.linregress(np.log(n), np.log1p(-area)).intercept
            + stats.linregress(np.log(n), np.log1p(-area)).slope * log_n
            - math.log1p(-goal)
        ),
        -20,
        60,
    ).__rpow__(math.e),
    "50_challenges.anew": lambda home, threshold, new: np.interp(
        np.count_nonzero(home < threshold) / len(home) * (len(new) - 1),
        np.arange(len(new)),
        np.sort(new),
    ),
    "51_trust.prior": lambda p, learned, there: special.expit(
        special.logit(p) + special.logit(there) - special.logit(learned)
    ),
    # A batch of one: each neuron's row is its bias times the picture.
    "52_outlook.leaked": lambda rows, bias: np.linalg.lstsq(bias[:, None], rows, rcond=None)[0][0],
    "52_outlook.sent": lambda update, k, shared: (
        update + sum(np.sign(j - k) * shared[j, k] for j in range(len(shared)))
    ),
    # Hotelling's observer of independent counts.
    "52_outlook.bins": lambda healthy, ill: (
        (ill - healthy) @ np.linalg.solve(np.diag(healthy), ill - healthy)
    ),
    "90_workbench.holm": stepped,
    "90_workbench.pooled": lambda auc, low, high: special.expit(
        np.mean(special.logit(auc))
        + np.array([0, -1, 1])
        * np.linalg.norm(special.logit(high) - special.logit(low))
        / 2
        / len(auc)
    ),
    "42_tumour.mtv": lambda suv, seed, mm: (
        flood(suv >= 0.41 * suv[seed], seed, connectivity=1).sum() * mm**3 / 1000
    ),
    # The mean square of the difference, over what it would be without any agreement.
    "42_tumour.ccc": lambda a, b: (
        1 - ((a - b) ** 2).mean(0) / (a.var(0) + b.var(0) + (a.mean(0) - b.mean(0)) ** 2)
    ),
}


@pytest.mark.parametrize("id", INDEPENDENT)
def test_the_reference_agrees_with_an_independent_reader(id):
    answer = find_exercise(id).answer
    for case in answer.cases:
        truth = answer.reference(*case.inputs)
        assert np.shape(truth) == np.shape(INDEPENDENT[id](*case.inputs))
        close = 2e-3, max(1e-6, answer.absolute)
        assert np.allclose(INDEPENDENT[id](*case.inputs), truth, *close), case.about


@pytest.mark.parametrize(
    ("sentence", "denied"),
    [
        ("No contribution of a nodule.", 1),
        ("No attributable nodule.", 1),
        ("Nothing but a nodule.", 0),
        ("Without effusion, but a nodule but no cyst.", 0),
        ("No cyst but no nodule.", 1),
    ],
)
def test_a_negation_ends_at_the_word_but_and_not_inside_others(sentence, denied):
    assert find_exercise("23_language.denied").answer.reference(sentence, "nodule") == denied
