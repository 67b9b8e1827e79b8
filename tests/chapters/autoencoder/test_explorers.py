"""Explorers of autoencoders: NumPy computes what the networks do, and the words are true."""

import io
import os
import re
import subprocess
import sys

import numpy as np

from medkit.chapters.autoencoder import explorers as autoencoder


def test_no_explorer_loads_keras():
    code = (
        "import sys; from medkit.chapters.autoencoder import explorers as autoencoder; "
        "autoencoder.latent_plane.picture(); autoencoder.anomalies.picture(); "
        "autoencoder.bottleneck.picture(); "
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert said.stdout.strip() == "[]"


def test_bytes_are_counted_and_a_wider_code_is_better():
    data = autoencoder.shipped("bottlenecks")
    for kind in ("network", "pca"):
        errors = [
            np.mean((data[f"{kind}{n}"][0] - data["pictures"][0]) ** 2) for n in autoencoder.CODES
        ]
        assert errors[-1] < errors[0]
    lengths, pictures = zip(*autoencoder._jpeg(0), strict=True)
    assert lengths == tuple(sorted(lengths))
    assert 20 < lengths[0] < 100  # a handful of bits for each of the 64 blocks
    assert np.mean((pictures[-1] - data["pictures"][0]) ** 2) < 1e-3


def test_a_code_of_heads_draws_a_head_for_a_breast():
    wrong = re.search(
        r"network ([\d.]+), .* JPEG ([\d.]+)",
        autoencoder.bottleneck.picture(subject=3, size=128).caption,
    )
    assert float(wrong[1]) > 3 * float(wrong[2])


def test_threshold_moves_along_the_roc_curve():
    low, high = (autoencoder.anomalies.picture(threshold=t) for t in (20, 60))
    (x_low, y_low), (x_high, y_high) = (p.panels[4].y["threshold"] for p in (low, high))
    assert x_low[0] > x_high[0]
    assert y_low[0] > y_high[0]
    lowest = autoencoder.anomalies.picture(threshold=0)
    assert "finds 100% of the ill" in lowest.caption


def test_the_plane_is_decoded_smoothly():
    here, near, far = autoencoder.decode(np.array([[0, 0], [0.05, 0], [2, 0]]))
    assert np.abs(here - near).mean() < 0.2 * np.abs(here - far).mean()


def test_the_bytes_of_a_jpeg_are_its_picture_without_tables():
    from PIL import Image

    sizes = []
    for shade in (0, 200):
        file = io.BytesIO()
        Image.new("L", (64, 64), shade).save(file, "JPEG", quality=50)
        sizes.append((autoencoder.scan_bytes(file.getvalue()), len(file.getvalue())))
    # 64 blocks of one grey: their differences are all 0, two bits each, and an end of block, four.
    for picture, whole in sizes:
        assert 40 <= picture <= 64
        assert whole - picture > 300
