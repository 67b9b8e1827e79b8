"""Photons fly at the speed of light, and the ring draws the lines that it must."""

import numpy as np
import pytest

from medkit.chapters.pet_ct import flight
from medkit.constants import ELECTRON_REST_KEV
from medkit.physics.pet.scanner import RING_RADIUS_MM

TRUE, LOST, BENT, RANDOM = flight.SCENES


def hits(scene):
    return [p for p in flight.photons(scene) if p["caught"]]


def distance(pair, place):
    """Return how far the line between two crystals passes from a place, in mm."""
    one, two = (np.array(flight._crystal(h["crystal"])) for h in pair)
    way = (two - one) / np.hypot(*(two - one))
    away = np.subtract(place, one)
    return abs(away[0] * way[1] - away[1] * way[0])


def test_arrival_is_the_length_of_the_way_over_the_speed_of_light():
    (place, start, *_), *_ = flight.SCENES[TRUE]
    for photon in hits(TRUE):
        assert np.hypot(*photon["path"][-1]) == pytest.approx(RING_RADIUS_MM)
        length = np.hypot(*(photon["path"][-1] - place))
        assert photon["ends"] - start == pytest.approx(length / 299.792458)
    ways = [p["path"][-1] - place for p in hits(TRUE)]
    assert np.dot(*(w / np.hypot(*w) for w in ways)) == pytest.approx(-1)


def test_a_true_line_goes_through_the_decay_and_the_wrong_ones_do_not():
    crystal_mm = 2 * np.pi * RING_RADIUS_MM / flight.CRYSTALS
    (true,) = flight.coincidence(hits(TRUE))
    assert distance(true, flight.SCENES[TRUE][0][0]) < crystal_mm / 2
    (bent,) = flight.coincidence(hits(BENT))
    assert distance(bent, flight.SCENES[BENT][0][0]) > crystal_mm
    (random,) = flight.coincidence(hits(RANDOM))
    assert random[0]["decay"] != random[1]["decay"]
    assert flight.coincidence(hits(LOST)) == []


def test_a_turned_photon_has_lost_energy_as_compton_says():
    turned = min(hits(BENT), key=lambda p: p["energy"])
    lost = 1 / turned["energy"] - 1 / ELECTRON_REST_KEV
    # Compton: the wavelength grows by h/mc (1 − cos θ), so 1/E' − 1/E = (1 − cos θ)/511 keV.
    assert lost * ELECTRON_REST_KEV == pytest.approx(1 - np.cos(np.deg2rad(28)))


def test_the_window_of_energy_and_that_of_time_reject():
    one, two = hits(TRUE)
    assert flight.coincidence([one, two | {"energy": 430.0}]) == []
    assert flight.coincidence([one, two | {"ends": one["ends"] + 2.5}]) == []
    assert len(flight.coincidence([one, two | {"ends": one["ends"] + 2.4}])) == 1


def test_nothing_is_written_down_before_it_happens():
    early = flight.flight.picture(time_ns=0.0, scene=TRUE)
    assert "0 photons caught" in early.caption
    late = flight.flight.picture(time_ns=1.8, scene=TRUE)
    assert [row[2] for row in late.panels[1].rows] == ["511", "511"]
