"""The ten pairs: what they are made of, and what the study says of them."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from medkit.learning.evaluation import auc
from medkit.learning.pairs import archive, cines, drawing, networks, questions, study, trials
from medkit.learning.pairs.networks import Duel, coder, learn, run, topped


def test_there_is_a_trial_for_any_two_algorithms():
    names = ["SVM", "CNN", "RNN", "AE", "GAN"]
    assert list(trials.TRIALS) == [f"{a}+{b}" for a, b in sorted_pairs(names)]


def sorted_pairs(names):
    return list(combinations(names, 2))


@pytest.mark.parametrize("question", questions.QUESTIONS)
def test_about_half_of_the_new_patients_are_ill(question):
    x, y, exam, truth = questions.cases(question, 0)
    assert (len(x), len(exam)) == (40, 400) == (len(y), len(truth))
    assert 0.4 < truth.mean() < 0.6
    assert not np.array_equal(questions.cases(question, 1)[2], exam), "another draw, other patients"


def test_mirror_images_are_of_the_same_patients():
    x, y, _, _ = questions.cases("wall", 0)
    many, labels = questions.flipped(x, y)
    np.testing.assert_array_equal(many[40], x[0, ::-1])
    np.testing.assert_array_equal(labels, np.tile(y, 4))
    traces = questions.cases("rate", 0)
    assert questions.flipped(*traces[:2])[0] is traces[0]


def test_a_network_can_be_sent_back_to_its_start():
    x, y, exam, _ = questions.cases("wall", 0)
    once, other, again = (questions.network_says(x, y, exam, seed=s) for s in (0, 1, 0))
    np.testing.assert_allclose(once, again, atol=1e-4)
    assert not np.allclose(once, other, atol=1e-2)


def test_the_stored_archive_belongs_to_todays_patients():
    """Its CNN's features tell what its reports measured: a line reads them off."""
    x, measured = archive.patients("frames")
    told = np.column_stack([run(archive.body("cnn"), x), np.ones(len(x))])
    weights = np.linalg.lstsq(told, measured, rcond=None)[0]
    error = ((told @ weights - measured) ** 2).mean(0)
    assert error.max() < 0.35
    assert error.mean() < 0.15
    for name in ("autoencoder", "judge"):
        assert run(archive.body(name), x[:3]).shape == (3, networks.FEATURES)
    for name in ("rnn", "sequences"):
        traces = archive.patients("traces")[0]
        assert run(archive.body(name), traces[:3]).shape == (3, networks.FEATURES)


def dense():
    return Duel(networks.dense_writer((3,), 8), topped(networks.dense_body((3,), 8)))


def test_each_player_is_moved_by_its_own_loss_only():
    duel = dense()
    real = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    # A judge whose last layer is zero says 0 of all: it has nothing to tell the writer.
    duel.judge.layers[-1].set_weights([np.zeros((16, 1)), np.zeros(1)])
    writer = [w.copy() for w in duel.writer.get_weights()]
    judge = [w.copy() for w in duel.judge.get_weights()]
    duel.compile("sgd", loss=None)
    duel.train_on_batch(real, np.zeros(16))
    for old, new in zip(writer, duel.writer.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-4)
    assert not np.allclose(judge[-2], duel.judge.get_weights()[-2])


def test_a_duel_learns_where_the_real_ones_are():
    # A duel circles around its goal, on each processor another way; untrained it is 2.2 off.
    real = np.random.default_rng(0).normal([2, -1, 0], 0.3, (256, 3)).astype("float32")
    duel = learn(dense, real, np.zeros(256), loss=None, seed=3, epochs=60, rate=5e-3, momentum=0.5)
    drawn = run(duel.writer, np.random.default_rng(1).normal(size=(200, 16)).astype("float32"))
    assert np.linalg.norm(drawn.mean(0) - [2, -1, 0]) < 1.2


def test_a_sequence_goes_through_its_code():
    model = coder(networks.trace_body(), networks.trace_writer())
    assert model.output_shape == (None, 48, 1)
    frames = coder(networks.image_body(), networks.image_writer())
    assert frames.output_shape == (None, 24, 24, 1)


def test_likeness_is_one_for_real_and_less_for_others():
    rng = np.random.default_rng(0)
    real, same, far = (
        rng.normal(size=(400, 3)),
        rng.normal(size=(400, 3)),
        rng.normal(3, 1, (400, 3)),
    )
    assert drawing.likeness(real, same, np.asarray) > 0.5
    assert drawing.likeness(real, far, np.asarray) < 0.05


def test_the_cnn_over_films_is_given_every_frame():
    x, _, _, _ = cines.cases(0)
    assert set(cines.BUILDS) == set(cines.WAYS)
    for name in ("CNN: frames as channels", "CNN: three dimensions"):
        network = cines.BUILDS[name]()
        late = x[:1].copy()
        late[:, 12] = 1.0
        assert not np.allclose(run(network, x[:1]), run(network, late)), name


def test_a_gain_is_paired_and_against_the_better_parent():
    found = pd.DataFrame({"pair": [0.8, 0.9, 0.7], "a": [0.7, 0.8, 0.6], "b": [0.75, 0.6, 0.9]})
    assert study.better_parent(found) == "b"
    found = pd.DataFrame({"pair": [0.8, 0.9, 0.71], "a": [0.7, 0.8, 0.6]})
    mean, low, high, p = study.gain(found)
    leads = np.array([0.1, 0.1, 0.11])
    error = leads.std(ddof=1) / np.sqrt(3)
    assert mean == pytest.approx(0.31 / 3)
    assert p == pytest.approx(2 * stats.t.sf(mean / error, 2), rel=1e-6)
    reach = stats.t.ppf(0.975, 2) * error
    assert (low, high) == pytest.approx((mean - reach, mean + reach), rel=1e-6)


def test_the_stored_table_is_whole():
    rows = study.table()
    assert set(rows["pair"]) == set(trials.TRIALS)
    for name in trials.TRIALS:
        found = study.values(rows, name)
        assert len(found) >= 4, name
        assert not found.isna().any().any()
        parents = {model.split(":")[0] for model in found.columns if model != "pair"}
        assert parents == set(name.split("+"))
    assert rows["value"].between(0, 1).all()


def test_the_stored_table_comes_from_todays_trials():
    """What needs no network again: the same patients give the same areas."""
    found = study.values(study.table(), "SVM+CNN").loc[3]
    x, y, exam, truth = questions.cases("cavity", 3)
    many, labels = questions.flipped(x, y)
    body = archive.body("cnn")
    told = questions.says(questions.svm(), run(body, many), labels, run(body, exam))
    assert auc(truth, told).value == pytest.approx(found["pair"], abs=0.02)


def test_a_pair_with_a_reason_beats_all_its_parents():
    _, low, _, p = study.gain(study.values(study.table(), "CNN+RNN"))
    assert low > 0
    assert p < 0.005
