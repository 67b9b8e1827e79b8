"""A brain short of blood: zones that lie in one another, on one side, with the stated flow."""

import numpy as np
import pytest

from medkit.anatomy.stroke import HEALTHY, ZONES, supply


@pytest.fixture(scope="module", params=range(4))
def drawn(request):
    return supply(core_mm=16.0, rng=request.param)


def test_zones_lie_on_one_side_and_in_one_another(drawn):
    left = np.squeeze(drawn.patient.grid_mm()[2])
    columns = np.sign(left)[None, :] * np.ones(drawn.zone.shape)
    assert len(set(columns[drawn.zone > 0])) == 1
    sizes = [(drawn.zone == k).sum() for k in (1, 2, 3)]
    assert min(sizes) > 0
    # The core touches the rim that is only slow nowhere but at the brain's own edge.
    rows, cols = np.nonzero(drawn.zone == 1)
    around = [drawn.zone[rows + dy, cols + dx] for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    assert (np.array(around) == 3).mean() < 0.05


def test_healthy_flow_is_that_of_the_table(drawn):
    healthy = (drawn.zone == 0) & drawn.brain
    for tissue, (flow, volume) in HEALTHY.items():
        here = healthy & drawn.patient.where(tissue)[0]
        assert np.median(drawn.flow[here]) == pytest.approx(flow, rel=0.15)
        assert np.median(drawn.volume[here]) == pytest.approx(volume, rel=0.15)


def test_zones_have_less_flow_and_their_delay():
    share = {k: [] for k in (1, 2, 3)}
    for seed in range(12):
        here = supply(core_mm=16.0, rng=seed)
        white = here.patient.where("white_matter")[0]
        usual = np.median(here.flow[white & (here.zone == 0)])
        for k, (_, _, (least, most)) in enumerate(ZONES.values(), start=1):
            share[k].append(np.median(here.flow[white & (here.zone == k)]) / usual)
            late = here.delay_s[here.zone == k]
            assert least <= late.min()
            assert late.max() <= most
    for k, ((mean, _), *_) in enumerate(ZONES.values(), start=1):
        assert np.mean(share[k]) == pytest.approx(mean, rel=0.2)


def test_volume_over_flow_is_the_transit_time(drawn):
    time = drawn.transit_s[drawn.brain]
    np.testing.assert_allclose(
        time * drawn.flow[drawn.brain], 60 * drawn.volume[drawn.brain], rtol=1e-5
    )
    assert not drawn.transit_s[~drawn.brain].any()


def test_no_core_is_no_core_and_a_seed_is_a_patient():
    assert not (supply(core_mm=0.0, rng=0).zone == 1).any()
    a, b = supply(rng=5), supply(rng=5)
    np.testing.assert_array_equal(a.flow, b.flow)
    assert a.artery.sum() == 4
    assert not a.flow[a.artery].any()
