"""The shipped backbone and the stored comparisons of notebook 31 belong to today's simulators."""

import numpy as np
import pytest

from medkit.data import tasks
from medkit.learning.backend import keras
from medkit.learning.evaluation import auc
from medkit.learning.studies import backbone, cnn_study

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def body():
    return backbone.load()


def test_a_mass_is_described_by_its_shape():
    masks = np.zeros((3, 64, 64), bool)
    masks[0, 10:50, 20:30] = True  # tall, and as full as its hull
    masks[1, 20:30, 10:50] = True  # wide
    masks[2, 20:40, 20:40] = True
    masks[2, 25:35, 25:40] = False  # a bite: lobed
    np.testing.assert_array_equal(backbone.described(masks), [[1, 1, 0], [1, 0, 0], [1, 1, 1]])


def test_questions_that_were_not_asked_do_not_count():
    truth = np.array([[1.0, -1.0], [-1.0, 0.0]], np.float32)
    logits = np.array([[2.0, 50.0], [-50.0, -1.0]], np.float32)
    found = keras.ops.convert_to_numpy(backbone.asked_only(truth, logits))
    np.testing.assert_allclose(found, np.log1p(np.exp([-2.0, -1.0])), rtol=1e-5)


def test_the_backbone_belongs_to_todays_simulators(body):
    """Fresh patients; the bounds lie well below what was measured when it was made."""
    for name, least in {"oct_fluid": 0.7, "us_breast": 0.6}.items():
        images, answers = backbone.archive(name, 100, 31_900)
        logits = body.predict(images, verbose=0)
        for k in np.flatnonzero(answers[0] >= 0):
            assert auc(answers[:, k], logits[:, k]).value > least, backbone.QUESTIONS[k]


def test_the_stored_comparisons_belong_to_todays_simulators():
    """The cheapest row of the table, measured again."""
    train, x, y, asked, moved = cnn_study.material(probes=())
    row = next(cnn_study.from_scratch(x, y, asked, moved))
    assert row[-1] == pytest.approx(cnn_study.load()[row[:3]][0], abs=0.01)
    assert len(train) == 240


def test_those_who_are_drawn_are_half_ill():
    labels = np.r_[np.zeros(30, int), np.ones(40, int)]
    for seed in range(3):
        some = cnn_study.draw(labels, 20, seed)
        assert len(set(some.tolist())) == 20
        assert labels[some].mean() == 0.5


def test_a_shallow_image_ends_where_it_should():
    image = np.ones((1, 64, 64, 1))
    assert cnn_study.shallow(image).sum() == cnn_study.SHALLOW_ROWS * 64


def test_what_the_notebook_says_of_the_table():
    table = {key: values.mean() for key, values in cnn_study.load().items()}
    usual = table["augmented", 240, 7.6]
    assert cnn_study.load()["augmented", 240, 7.6].min() > cnn_study.load()["plain", 240, 7.6].max()
    for probe in cnn_study.PROBES:
        assert table["moved", 240, probe] < usual - 0.01
        assert table["retrained", 240, probe] > usual - 0.01
    assert table["shallow, moved", 240, 7.6] < 0.7
    assert table["shallow, retrained", 240, 7.6] < 0.7


def test_tasks_are_those_of_the_questions():
    assert set(backbone.QUESTIONS) - set(backbone.WORDS) == set(tasks.TASKS) - {"us_breast"}
