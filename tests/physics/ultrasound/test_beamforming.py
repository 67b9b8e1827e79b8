import numpy as np
import pytest

from medkit.physics.linear import dot_test
from medkit.physics.ultrasound import HEART, UltrasoundProtocol
from medkit.physics.ultrasound.beamforming import ChannelModel, beamform, demodulate


@pytest.mark.parametrize(
    "protocol",
    [
        UltrasoundProtocol(shape=(20, 30), steer_deg=(-5.0, 5.0)),
        UltrasoundProtocol(shape=(30, 20), focus_mm=15.0, apodisation="boxcar"),
        UltrasoundProtocol(
            transducer=HEART.transducer, shape=(20, 20), sector_deg=60.0, focus_mm=-10.0
        ),
    ],
)
def test_delay_and_sum_is_the_adjoint_of_the_model(protocol):
    assert dot_test(ChannelModel(protocol), 0) < 1e-6


def test_the_model_explains_a_point():
    protocol = UltrasoundProtocol(shape=(40, 40), depth_mm=20.0)
    model = ChannelModel(protocol)
    picture = np.zeros(model.input_shape, np.complex64)
    picture[25, 18] = 1
    back = np.abs(model.adjoint(model.forward(picture)))
    assert np.unravel_index(back.argmax(), back.shape) == (25, 18)


def test_envelope_of_a_modulated_signal():
    protocol = UltrasoundProtocol()
    time = np.arange(2000) / protocol.sampling_mhz
    envelope = np.exp(-(((time - 30) / 5) ** 2))
    for start in (0.0, 3.3):
        rf = envelope * np.cos(2 * np.pi * 7.6 * (time + start) + 0.4)
        iq = demodulate(rf, protocol, start_us=start)
        np.testing.assert_allclose(iq, envelope * np.exp(0.4j), atol=2e-3)


def test_sampling_below_the_carrier_keeps_a_narrow_band():
    protocol = UltrasoundProtocol(sampling_mhz=7.6 * 4 / 3)
    time = np.arange(600) / protocol.sampling_mhz
    envelope = np.exp(-(((time - 30) / 5) ** 2))
    iq = demodulate(envelope * np.cos(2 * np.pi * 7.6 * time), protocol)
    np.testing.assert_allclose(iq, envelope, atol=5e-3)


def test_wrong_channel_data_are_refused():
    with pytest.raises(ValueError, match="elements"):
        beamform(np.zeros((1, 64, 100)), UltrasoundProtocol())


@pytest.mark.filterwarnings("ignore")
def test_picture_agrees_with_pymust():
    pymust = pytest.importorskip("pymust")
    rng = np.random.default_rng(0)
    protocol = UltrasoundProtocol(shape=(120, 100), apodisation="boxcar", depth_mm=25.0)
    rf = np.cumsum(rng.standard_normal((128, protocol.samples)), axis=1)
    rf = rf - np.roll(rf, 6, axis=1)  # any band-limited data will do: both only read it
    iq = demodulate(rf[None], protocol)[0]
    param = pymust.utils.Param()
    param.fc, param.pitch, param.fs, param.c = 7.6e6, 0.3e-3, 30.4e6, 1540
    param.width, param.kerf, param.radius, param.fnumber = 0.27e-3, 0.03e-3, np.inf, 1.5
    param.Nelements, param.TXdelay, param.t0 = 128, np.zeros((1, 128)), np.zeros((1, 1))
    x, z = (g.astype(float) * 1e-3 for g in protocol.grid_mm)
    size = np.array(iq.T.shape)
    matrix = pymust.dasmtx(1j * size, x, z, param)
    theirs = (matrix.tocsr() @ iq.T.flatten(order="F")).reshape(x.shape, order="F")
    model = ChannelModel(protocol)
    ours = model.adjoint(iq[None])
    deep = z > 3e-3  # nearer, ours keeps a few elements and theirs none
    assert np.corrcoef(np.abs(ours[deep]), np.abs(theirs[deep]))[0, 1] > 0.99
