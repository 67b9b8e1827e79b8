"""The sound that ``12_mri`` stores is short, and holds the two tones of its two places."""

import base64
import re
from pathlib import Path

import nbformat
import numpy as np

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "12_mri.ipynb"


def test_two_places_are_two_tones_in_a_small_file():
    stored = [
        re.search(r"base64,([^\"]+)", output.data["text/html"])[1]
        for cell in nbformat.read(NOTEBOOK, as_version=4).cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "<audio" in output.get("data", {}).get("text/html", "")
    ]
    assert [len(sound) < 20_000 for sound in stored] == [True]
    samples = np.frombuffer(base64.b64decode(stored[0])[44:], "<i2").astype(float)
    loud = np.abs(np.fft.rfft(samples))
    hertz = np.fft.rfftfreq(samples.size, 1 / 4000)
    peaks = hertz[1:-1][
        (loud[1:-1] > loud[:-2]) & (loud[1:-1] > loud[2:]) & (loud[1:-1] > 0.3 * loud.max())
    ]
    np.testing.assert_allclose(peaks, [440, 660], atol=1)
