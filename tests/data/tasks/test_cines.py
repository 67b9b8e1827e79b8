"""Dynamic images: the finding lies in time, and only there."""

import numpy as np

from medkit.data.tasks import cines


def test_the_wall_that_leads_moves_inwards_first():
    loops, labels = cines.heart_loops(60, frames=24, size=48, rng=2)
    dark = loops[..., 0] < 0.35
    # Where the cavity's edge lies on the middle row, left and right, over time.
    rows = dark[:, :, 20:28].mean(2)
    left, right = rows[..., :24].sum(-1), rows[..., 24:].sum(-1)
    lead = []
    for a, b in zip(left, right, strict=True):
        shifts = range(-6, 7)
        a, b = a - a.mean(), b - b.mean()
        match = [(np.roll(b, shift) * a).sum() for shift in shifts]
        lead.append(shifts[int(np.argmax(match))])  # > 0: the right is earlier
    lead = np.array(lead)
    assert lead[labels == 1].mean() > 1
    assert lead[labels == 0].mean() < -1


def test_all_frames_together_do_not_tell_the_order():
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    loops, labels = cines.heart_loops(400, rng=5)
    mean = loops.mean(1).reshape(400, -1)
    model = LogisticRegression(C=0.01, max_iter=300).fit(mean[:250], labels[:250])
    assert roc_auc_score(labels[250:], model.decision_function(mean[250:])) < 0.65
