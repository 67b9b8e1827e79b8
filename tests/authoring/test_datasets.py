"""One command makes each trained network and measured table of the kit."""

import inspect
from importlib import import_module

import numpy as np
import pytest

from medkit import kit
from medkit.authoring import datasets


def test_every_shipped_file_has_its_maker():
    shipped = {f.stem for end in ("npz", "csv") for f in (kit.root() / "datasets").glob(f"*.{end}")}
    by_hand = {"glossary"}
    assert shipped - by_hand == set(datasets.FILES)


@pytest.mark.parametrize("name", datasets.FILES)
def test_every_maker_takes_what_it_is_given(name):
    module, *what = datasets.FILES[name]
    maker = import_module(f"medkit.{module}").make
    bound = inspect.signature(maker).bind(*what, "folder").arguments
    assert list(bound)[-1] == "folder"


def test_the_command_writes_a_reader_that_reads(tmp_path, monkeypatch, capsys):
    from medkit.learning.studies import rnn_showcase
    from medkit.learning.text.reader import Reader

    monkeypatch.setattr(rnn_showcase, "LEARN", {"n": 60, "rng": 0})
    datasets.main(["rnn_reader", "--folder", str(tmp_path)])
    assert "rnn_reader.npz" in capsys.readouterr().out
    with np.load(tmp_path / "rnn_reader.npz") as arrays:
        reading = Reader.from_arrays(arrays).read("No haematoma.")
    assert reading.known.tolist() == [True, True, True]
    assert ((reading.probabilities > 0) & (reading.probabilities < 1)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["rnn_redaer"], "invalid choice: 'rnn_redaer'"), (["pairs", "--folder", "no"], "no folder")],
)
def test_what_is_not_there_is_said_before_training(arguments, message, capsys):
    with pytest.raises(SystemExit):
        datasets.main(arguments)
    assert message in capsys.readouterr().err
