"""The numbers that the explorers of GANs report are true."""

import re

import numpy as np
import pytest

from medkit.chapters.gan import explorers as gan
from medkit.chapters.gan import pictures
from medkit.learning.by_hand import toy_gan
from medkit.learning.studies import synthesis


def number(caption, before):
    """Return the number that follows some words in a caption."""
    return float(re.search(before + r"\s*([−-]?[\d.]+)", caption)[1].replace("−", "-"))


def test_a_perfect_forger_leaves_one_half():
    picture = gan.best_judge.picture(mean=0.0, spread=1.0)
    np.testing.assert_allclose(picture.panels[1].y["D* = p / (p + q)"][1], 0.5)
    assert number(picture.caption, "value of the game") == pytest.approx(-np.log(4), abs=1e-3)
    far = gan.best_judge.picture(mean=4.0, spread=0.4)
    assert number(far.caption, "value of the game") > -0.1


def test_the_recorded_games_are_those_that_the_module_plays():
    game = toy_gan.ToyGAN(pace=4.0, pack=2, seed=1).play(50)
    stored = gan._games()["points_2"][toy_gan.MOMENTS.index(50)]
    np.testing.assert_allclose(game.sample(160, rng=0), stored, atol=0.01)


def test_pairs_mend_the_collapse():
    last = len(toy_gan.MOMENTS) - 1
    alone, pairs = (gan.landscape.picture(moment=last, pack=k).caption for k in (1, 2))
    assert number(alone, "steps") <= 5
    assert number(pairs, "steps") == 8
    covered = gan._games()["covered"][..., 0]
    assert (covered[:, 1, 1:] == 8).all()
    assert (covered[:, 0] == 8).mean() < 0.3


def test_arrows_point_uphill():
    x, y = toy_gan.plane().T
    hill = 1 / (1 + np.exp(-(3 * x - y)))  # the logit rises to the right and down
    points = np.array([[0.0, 0.0], [0.5, -0.5]])
    ax, ay = gan.arrows(points, hill.reshape(toy_gan.GRID, toy_gan.GRID))
    steps = np.stack([np.diff(ax)[::3], np.diff(ay)[::3]], 1)
    assert (steps[:, 0] > 0).all()
    np.testing.assert_allclose(steps[:, 1] / steps[:, 0], -1 / 3, atol=0.05)


def test_places_on_the_map_have_typical_lengths():
    middle = pictures.place(0, 0.0, 0.0)
    corner = pictures.place(0, pictures.REACH, pictures.REACH)
    assert middle.shape == (1, 16)
    assert 2 < np.linalg.norm(middle) < np.linalg.norm(corner) < 6


def test_the_film_reports_what_was_judged_at_the_time():
    caption = pictures.film.picture(moment=4).caption
    assert number(caption, "Fréchet distance is") < 0.2
    assert number(caption, "recall is") > 0.55
    assert number(pictures.film.picture(moment=1).caption, "recall is") < 0.1


@pytest.mark.parametrize(("model", "steps"), [("retina", 8000), ("ct_bleed", 16000)])
def test_the_film_ends_where_the_training_ended(model, steps):
    assert pictures.film.picture(moment=0, model=model).caption.startswith("after 0 steps")
    assert pictures.film.picture(moment=4, model=model).caption.startswith(f"after {steps} steps")


def test_the_label_changes_the_picture_of_those_who_learned_one():
    for name in ("ct_bleed", "us_breast"):
        told = pictures.walk.picture(model=name, ill=1.0)
        calm = pictures.walk.picture(model=name, ill=0.0)
        assert number(told.caption, "pixel by") > 0.005
        assert number(calm.caption, "pixel by") == 0
    assert number(pictures.walk.picture(model="retina", ill=1.0).caption, "pixel by") == 0


def test_a_copy_is_at_distance_0():
    caption = pictures.copies.picture(likeness=1.0).caption
    assert number(caption, "distance") == 0
    assert number(caption, ";") == 0
    assert number(pictures.copies.picture().caption, "distance") > 0.01


def test_stored_generators_are_small_and_draw_what_they_have_seen():
    for name in pictures.MODELS.values():
        generator = synthesis.StoredGenerator.load(name)
        drawn = generator.sample(64, np.arange(64) % 2, rng=0)
        assert drawn.shape == (64, 32, 32, 1)
        real = synthesis.seen(name, 32)[0]
        # The average picture and the spread are near those of the real ones.
        assert np.abs(drawn.mean(0) - real.mean(0)).mean() < 0.06
        assert 0.6 < drawn.std(0).mean() / real.std(0).mean() < 1.4
