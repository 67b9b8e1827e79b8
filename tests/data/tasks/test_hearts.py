"""Hearts, traces and seizures: what was drawn is what the facts say."""

import numpy as np
import pytest

from medkit.data.tasks import hearts


def test_a_larger_cavity_is_more_dark_pixels():
    frames, facts = hearts.heart_frames(300, rng=0)
    assert frames.shape == (300, 24, 24, 1)
    assert frames.dtype == np.float32
    usual = np.median(frames, (1, 2), keepdims=True)
    dark = (frames < usual - 0.15).sum((1, 2, 3))
    assert np.corrcoef(dark, facts["cavity"] ** 2)[0, 1] > 0.85


def test_the_heart_lies_where_the_facts_say():
    frames, facts = hearts.heart_frames(300, rng=1)
    dark = np.maximum(0.15 - frames[..., 0], 0)
    across = np.linspace(-1, 1, 24)
    total = dark.sum((1, 2))
    assert np.corrcoef(dark.sum(2) @ across / total, facts["row"])[0, 1] > 0.7
    assert np.corrcoef(dark.sum(1) @ across / total, facts["column"])[0, 1] > 0.7


def test_r_waves_come_as_often_as_the_facts_say():
    traces, facts = hearts.ecg_traces(200, steps=250, noise=0.0, rng=0)
    for trace, rr in zip(traces[..., 0], facts["rr"], strict=True):
        high = trace > trace.min() + 0.65
        starts = np.flatnonzero(high[1:] & ~high[:-1])
        assert np.diff(starts).mean() / 25 == pytest.approx(rr, abs=0.05)


def test_the_p_wave_leads_by_what_the_facts_say():
    traces, facts = hearts.ecg_traces(200, noise=0.0, rng=2)
    # Without noise a trace is the sum of its waves: moving P moves only P.
    early = np.argmax(facts["pr"])
    trace, (pr, rr) = traces[early, :, 0], (facts["pr"][early], facts["rr"][early])
    peak = 10 + int(np.argmax(trace[10:-10]))
    before = trace[max(0, peak - int(0.45 * rr * 25)) : peak - 2]
    p = peak - 2 - len(before) + int(np.argmax(before))
    assert (peak - p) / 25 == pytest.approx(pr, abs=0.06)


def test_a_seizure_flashes_on_both_sides_equally_often():
    films, labels = hearts.seizures(400, rng=0)
    assert films.shape == (400, 16, 12, 12, 1)
    assert set(labels) == {0, 1}
    left, right = films[..., :6, 0].max((2, 3)), films[..., 6:, 0].max((2, 3))
    more = (right - left).sum(1)
    assert abs(more[labels == 1].mean() - more[labels == 0].mean()) < 0.15 * more.std()
    for order in hearts.ORDERS:
        assert order[0] == "1"
        assert order.count("1") == order.count("0")


def test_frames_after_the_end_are_empty():
    films, _ = hearts.seizures(50, rng=1)
    used = (films > 0).any((2, 3, 4))
    assert (used[:, :-1] >= used[:, 1:]).all(), "once empty, empty to the end"
    assert used.sum(1).min() >= 10
