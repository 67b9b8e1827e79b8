"""Ultrasound: channel data and beamforming beside PyMUST; pictures per second for learning.

Run with one BLAS thread (``OPENBLAS_NUM_THREADS=1``): PyMUST waits for its threads.
"""

import time

import numpy as np

from medkit.authoring.benchmark import Comparison, Row, benchmark, time_pair


def _scene(count=10_000):
    rng = np.random.default_rng(0)
    x, z = rng.uniform(-19, 19, (1, count)), rng.uniform(5, 40, (1, count))
    return x, z, rng.standard_normal((1, count))


def _pymust_probe():
    import pymust

    param = pymust.getparam("L11-5v")
    param.c, param.fs, param.attenuation = 1540, 4 * param.fc, 0.5
    return param


@benchmark("us.rf")
def channel_data():
    """10,000 scatterers on 128 elements, one plane wave."""
    import pymust
    from scipy.signal import hilbert

    from medkit.physics.ultrasound import UltrasoundProtocol, acquire
    from medkit.physics.ultrasound.scatterers import Scatterers

    x, z, strength = _scene()
    points = Scatterers(x[0], z[0], strength[0])
    protocol = UltrasoundProtocol()
    kept = {}

    def peer():
        kept["rf"], _ = pymust.simus(
            x * 1e-3, z * 1e-3, strength, np.zeros((1, 128)), _pymust_probe()
        )

    # PyMUST takes a quarter of a minute: it runs once, and is not warmed up.
    ours_s, _ = time_pair(
        Comparison(lambda: kept.update(ours=acquire(points, protocol)[0]), None, "")
    )
    start = time.process_time()
    peer()
    peer_s = time.process_time() - start
    n = min(kept["rf"].shape[0], protocol.samples)
    pair = [np.abs(hilbert(d[:, :n], axis=1)) for d in (kept["ours"], kept["rf"].T)]
    correlation = np.corrcoef(pair[0].ravel(), pair[1].ravel())[0, 1]
    return Row(
        "us.rf",
        ours_s,
        peer_s,
        peer_s / ours_s,
        1 - correlation,
        None,
        "PyMUST simus",
        "10,000 scatterers, 128 elements; error is 1 − correlation of the envelopes with PyMUST's",
    )


@benchmark("us.beamform")
def delay_and_sum():
    """One plane wave to 256 × 256 pixels, building everything that it needs."""
    import pymust

    from medkit.physics.ultrasound import UltrasoundProtocol, acquire
    from medkit.physics.ultrasound.beamforming import ChannelModel, demodulate
    from medkit.physics.ultrasound.scatterers import Scatterers

    x, z, strength = _scene(2_000)
    protocol = UltrasoundProtocol(shape=(256, 256), apodisation="boxcar")
    iq = demodulate(acquire(Scatterers(x[0], z[0], strength[0]), protocol), protocol)
    grid = [g.astype(float) * 1e-3 for g in protocol.grid_mm]
    param = _pymust_probe()
    param.fnumber, param.TXdelay, param.t0 = 1.5, np.zeros((1, 128)), np.zeros((1, 1))
    channels = iq[0].T
    kept = {}

    def ours():
        kept["ours"] = ChannelModel(protocol).adjoint(iq)

    def peer():
        matrix = pymust.dasmtx(1j * np.array(channels.shape), *grid, param).tocsr()
        kept["peer"] = (matrix @ channels.flatten(order="F")).reshape(grid[0].shape, order="F")

    ours()
    peer()
    deep = protocol.grid_mm[1] > 3
    a, b = (np.abs(kept[k][deep]) for k in ("ours", "peer"))
    return Comparison(
        ours,
        peer,
        "PyMUST dasmtx, built and applied",
        error_ours=1 - np.corrcoef(a, b)[0, 1],
        note="128 elements to 256 × 256; error is 1 − correlation with PyMUST's picture",
        rounds=3,
    )


@benchmark("simulate.ultrasound")
def pictures():
    """One breast picture of 64 × 64, patient and all."""
    from medkit.anatomy.regions.breast import LESIONS, breast
    from medkit.physics.ultrasound import UltrasoundProtocol, display, scanlines
    from medkit.physics.ultrasound.scatterers import random_scatterers

    protocol = UltrasoundProtocol(
        focus_mm=20.0, transmit_elements=32, depth_mm=38.0, shape=(64, 64)
    )
    response = scanlines.beam(protocol)
    kinds = (None, *LESIONS)

    def ours():
        for k in range(20):
            patient = breast(kinds[k % 4], spacing_mm=0.3, rng=k)
            points = random_scatterers(patient, rng=k, per_mm2=12)
            display(scanlines.scan(points, protocol, response=response, looks=3), protocol)

    seconds = time_pair(Comparison(ours, None, "", rounds=5))[0] / 20
    return Row(
        "simulate.ultrasound",
        seconds,
        None,
        None,
        None,
        None,
        "",
        f"one 64 × 64 picture, new patient each; {1 / seconds:.0f} a second on one core",
    )
