"""A blind test: are simulated pictures of heads told from real ones?

    MEDKIT_TEST_DATA=… python tests/anatomy/blind_test.py FOLDER

The real ones are sagittal T1-weighted slices of one person (gradient echo, 3 T, 4 mm), the
simulated ones the same slices of ten digital heads, scanned with the same settings. All are
cut to the head above the mouth, or to cortex alone, and given the same histogram. A machine
learns from nine real slices and five digital heads, and is asked about ten real slices and ten
of the other heads; ten times over (the network: three). FOLDER receives sheets to judge by eye.

One real person is all there is, and what a machine learns may be that person: as a control,
one digital head takes the real one's part against the others.

Measured (right calls, 95 % interval; control): on the head, HOG + SVM 0.82 (0.77-0.87; 0.68)
and ResidualCNN 1.00 (0.94-1.00; 0.68); on cortex alone 0.76 (0.69-0.81; 0.70) and 0.72
(0.59-0.81; 0.57). A careful look by who had built them was right in 40 of 40: the base of the
skull, the face and the even thickness of the scalp give a head away; on cortex, sulci that are
too smooth and alike.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from medkit.anatomy import Patient, head
from medkit.learning.classical.svm import classifier
from medkit.learning.evaluation.intervals import proportion
from medkit.physics import mri
from medkit.physics.mri.coils import loop_sensitivities
from medkit.physics.mri.scanner import COIL_RADIUS_MM

#: Pixel and slice of the real series, its positions (left, mm), and the part that is shown.
PIXEL_MM, SLICE_MM, STEP_MM, MATRIX = 260 / 256, 4.0, 4.8, (256, 256)
LEFTS_MM = STEP_MM * np.arange(-9, 10)
SIDE, SIZE, PEOPLE = 150, 128, 10
#: The two cuts: rows and columns of the SIZE × SIZE pixels; both are 64 × 64.
CUTS = {"head": (slice(None, None, 2),) * 2, "cortex": (slice(18, 82), slice(40, 104))}


def real() -> np.ndarray:
    """Return 19 slices of a person, (slice, SIDE, SIDE), from right to left."""
    folder = Path(os.environ["MEDKIT_TEST_DATA"], "dicom_series/dcm_qa_decubitus")
    files = [pydicom.dcmread(f) for f in sorted(folder.rglob("*.dcm"))]
    files.sort(key=lambda f: abs(float(f.ImagePositionPatient[0])))
    files = sorted(files[: len(LEFTS_MM)], key=lambda f: float(f.ImagePositionPatient[0]))
    return np.stack([f.pixel_array for f in files]).astype(np.float32)


def simulated(seed: int) -> np.ndarray:
    """Return the same slices of a digital head."""
    voxel, thin = 1.2, 2
    heights, shape = voxel * np.arange(-98, 83), (198, 158)
    parts = [
        head(h, shape=shape, field_mm=voxel * shape[1], rng=np.random.default_rng(seed))
        for h in np.array_split(heights, 20)
    ]
    whole = {
        name: np.concatenate([get(p) for p in parts])[::-1]
        for name, get in {
            "labels": lambda p: p.labels,
            "second": lambda p: p.mixed[0],
            "share": lambda p: p.mixed[1],
            "density": lambda p: p.density,
        }.items()
    }
    rng = np.random.default_rng(seed)
    protocol = mri.MRProtocol(
        sequence="gradient_echo", tr_ms=300, te_ms=2.46, flip_deg=80, matrix=MATRIX,
        fov_mm=(260.0, 260.0), slice_thickness_mm=SLICE_MM, noise=rng.uniform(0.2, 0.5),
    )  # fmt: skip
    backs, lefts = (voxel * (np.arange(n) - (n - 1) / 2) for n in shape)
    # The array is nearer to the back of the head, and ends at the neck.
    coils = loop_sensitivities(backs + 8, lefts, 8, radius_mm=COIL_RADIUS_MM * 0.92)
    ups = heights[::-1]
    reach = (1 / (1 + np.exp((-70 - ups) / 18))).astype(np.float32)
    slices = []
    for left in LEFTS_MM:
        k = round(left / voxel + (shape[1] - 1) / 2)
        cut = {n: np.moveaxis(a[..., k - thin : k + thin], 2, 0) for n, a in whole.items()}
        patient = Patient(
            np.ascontiguousarray(cut["labels"]),
            parts[0].tissues,
            (voxel,) * 3,
            {},
            cut["density"],
            (cut["second"], cut["share"]),
        )
        heard = coils[:, None, :, k] * reach[:, None]
        data = mri.acquire(patient, protocol, rng=rng, sensitivities=heard)
        slices.append(mri.reconstruct(data, protocol))
    return np.stack(slices)


def alike(pictures: np.ndarray) -> np.ndarray:
    """Return pictures of SIZE × SIZE: the top of the head, its coil's shading made flat."""
    out = []
    for picture in pictures:
        body = ndimage.gaussian_filter(picture, 3) > 0.25 * np.percentile(picture, 90)
        top = np.flatnonzero(body.sum(axis=1) > 12)[0]
        middle = round(ndimage.center_of_mass(body[top : top + 90])[1])
        start = int(np.clip(middle - SIDE // 2 - 4, 0, picture.shape[1] - SIDE))
        smooth = [ndimage.gaussian_filter(a, 30) for a in (picture * body, body.astype(float))]
        flat = picture / np.maximum(smooth[0] / np.maximum(smooth[1], 0.05), 0.1 * picture.max())
        flat = ndimage.gaussian_filter(flat, 0.7)  # scanners filter, each in its own way
        cut = np.pad(flat, [(0, SIDE), (0, 0)])[max(top - 6, 0) :][:SIDE, start : start + SIDE]
        out.append(ndimage.zoom(cut, SIZE / SIDE, order=1))
    return np.stack(out).astype(np.float32)


def same_grey(pictures: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Give each picture the same histogram: its pixels, by rank, get the values of a curve."""
    flat = pictures.reshape(-1, curve.size)
    return curve[flat.argsort(axis=1).argsort(axis=1)].reshape(pictures.shape)


def told_apart(model, people, digital, draws) -> str:
    """Return how often a machine calls 20 pictures right, and how often it ranks a pair right."""
    right, areas = 0, []
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        order, heads = rng.permutation(len(people)), rng.permutation(len(digital))
        asked, kept = order[:10], order[10:]
        learn = [*people[kept], *(digital[h][k] for h in heads[:5] for k in kept[::5])]
        others = zip(np.resize(heads[5:], 10), asked, strict=True)
        ask = np.stack([*people[asked], *(digital[h][k] for h, k in others)])[..., None]
        x, y = np.repeat(np.stack(learn)[..., None], 5, 0), np.repeat([1, 0], [45, 50])
        model = model.set_params(seed=draw) if "seed" in model.get_params() else model
        score, truth = model.fit(x, y).decision_function(ask).ravel(), np.repeat([1, 0], 10)
        right += int(((score > 0) == truth).sum())
        areas.append(roc_auc_score(truth, score))
    share = proportion(right, 20 * draws)
    return f"{right} of {20 * draws}, {share}; AUC {np.mean(areas):.2f} ± {np.std(areas):.2f}"


def machines():
    """Return (name, model, draws) of two classifiers of the kit."""
    from medkit.learning.networks.augment import Augmentation
    from medkit.learning.networks.cnn import CAREFUL, ResidualCNN

    longer = replace(CAREFUL, epochs=60)
    yield "HOG + SVM", classifier(), 10
    yield "ResidualCNN", ResidualCNN(augmentation=Augmentation(), schedule=longer), 3


def sheet(people, digital, seed, file):
    """Write ten real and ten simulated pictures, shuffled, and return which are real."""
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(people))[:10]
    heads = rng.integers(len(digital), size=10)
    pictures = [*people[chosen], *(digital[h][k] for h, k in zip(heads, chosen, strict=True))]
    order = rng.permutation(20)
    fig, axes = plt.subplots(4, 5, figsize=(20, 16.4))
    for number, (axis, k) in enumerate(zip(axes.flat, order, strict=True), start=1):
        axis.imshow(pictures[k], cmap="gray", vmin=0, vmax=1)
        axis.set_title(str(number))
        axis.axis("off")
    fig.tight_layout()
    fig.savefig(file, dpi=60)
    plt.close(fig)
    return (order < 10).tolist()


def main(folder):
    """Run the test, and print its numbers."""
    folder = Path(folder)
    whole = alike(real())
    heads = np.stack([alike(simulated(seed)) for seed in range(PEOPLE)])
    keys = []
    for name, cut in CUTS.items():
        people, digital = whole[(..., *cut)], heads[(..., *cut)]
        curve = np.sort(people.reshape(len(people), -1), axis=1).mean(axis=0)
        curve = np.clip(curve / np.quantile(curve, 0.985), 0, 1)
        people, digital = same_grey(people, curve), same_grey(digital, curve)
        key = sheet(people, digital, len(name), folder / f"{name}.png")
        keys.append(f"{name}: real are {[k + 1 for k, real in enumerate(key) if real]}")
        for method, model, draws in machines():
            for one, others, what in ((people, digital, ""), (digital[0], digital[1:], "control")):
                print(name, method, what, told_apart(model, one, others, draws), flush=True)
    (folder / "key.txt").write_text("\n".join(keys))


if __name__ == "__main__":
    main(sys.argv[1])
