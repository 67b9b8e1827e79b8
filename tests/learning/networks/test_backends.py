"""The networks on every backend of Keras that is installed, each in its own process."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

SMOKE = Path(__file__).with_name("smoke.py")


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_every_network_learns(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: pip install {backend}")
    # Torch's waiting threads spin where others need the cores.
    environment = {**os.environ, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, str(SMOKE)], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    learned = [line for line in run.stdout.splitlines() if line.startswith(f"{backend}: ")]
    assert len(learned) == SMOKE.read_text(encoding="utf-8").count("\ndef ") - 2, run.stdout


def test_a_keras_json_changes_nothing(tmp_path):
    (tmp_path / "keras.json").write_text(
        '{"backend": "no_such_backend", "image_data_format": "channels_first", "floatx": "float16"}'
    )
    code = (
        "from medkit.learning.backend import keras\n"
        "layer = keras.layers.Conv2D(5, 3)\n"
        "shape = layer(keras.ops.zeros((1, 8, 8, 3))).shape\n"
        "print(keras.backend.backend(), shape, layer.compute_dtype)"
    )
    environment = {**os.environ, "KERAS_HOME": str(tmp_path)}
    environment.pop("KERAS_BACKEND", None)
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert said.stdout.strip() == "tensorflow (1, 6, 6, 5) float32", said.stderr[-2000:]
