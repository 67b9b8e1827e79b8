r"""CT perfusion: iodine goes by, and its curve in each voxel says how much blood flows there.

The indicator-dilution theory (Fieselmann et al. 2011, doi:10.1155/2011/467563): a tissue gets
what the artery brings, and keeps each drop for a while,

.. math:: c(t) = \frac{F}{6000} \int_0^t a(s - d)\, R(t - s)\, \mathrm{d}s

with the enhancement :math:`a` of the artery and :math:`c` of the tissue in HU, the flow F in
ml per 100 ml and minute, the delay d, and the residue function R: the share of the drops that
are still there. :math:`R(0) = 1`, and its area is the mean transit time.
"""

from dataclasses import replace

import numpy as np

from medkit.physics import ct
from medkit.physics.ct.scanner import CTProtocol

#: One of the frames: 80 kV, so that iodine is bright.
FRAME = CTProtocol(80.0, 100.0, n_views=120)
#: The integral is done in steps of a frame's time divided by this.
FINE = 4


def bolus(times_s, *, arrival_s=8.0, peak_hu=300.0, rise_s=6.0, shape=3.0) -> np.ndarray:
    r"""Return the enhancement of an artery in HU: a gamma variate.

    .. math:: a(t) = A \left(\frac{x}{r}\right)^p e^{p (1 - x/r)}, \qquad x = t - t_0

    >>> bolus(np.array([0.0, 8.0, 14.0]))
    array([  0.,   0., 300.])
    """
    x = np.clip(np.asarray(times_s, float) - arrival_s, 0, None) / rise_s
    return peak_hu * x**shape * np.exp(shape * (1 - x))


def residue(times_s, transit_s) -> np.ndarray:
    """Return the share of the blood that is still in well-stirred tissue, t after it came.

    Parameters
    ----------
    times_s : ndarray
    transit_s : array_like
        Mean transit time, broadcast against `times_s`.
    """
    times_s, transit_s = np.asarray(times_s, float), np.asarray(transit_s, float)
    return np.where(times_s >= 0, np.exp(-np.clip(times_s, 0, None) / transit_s), 0.0)


def tissue_curves(times_s, flow, volume, delay_s, **artery) -> np.ndarray:
    """Return the enhancement of tissue in HU, shape (time, *shape of flow).

    Parameters
    ----------
    times_s : ndarray, shape (time,)
        Evenly spaced, from 0.
    flow, volume, delay_s : array_like
        Blood flow in ml per 100 ml and minute, volume in ml per 100 ml, delay in s.
    **artery
        Keywords of `bolus`.
    """
    flow, volume, delay_s = np.broadcast_arrays(*(np.float64(x) for x in (flow, volume, delay_s)))
    step = (times_s[1] - times_s[0]) / FINE
    fine = np.arange(len(times_s) * FINE) * step
    wet = flow > 0
    transit = 60 * volume[wet] / flow[wet]
    kept = residue(fine[:, None], transit)
    kept[0] /= 2  # the trapezoidal rule
    brought = bolus(fine[:, None] - delay_s[wet], **artery)
    n = 2 * len(fine)
    spectrum = np.fft.rfft(kept, n, axis=0) * np.fft.rfft(brought, n, axis=0)
    curves = np.fft.irfft(spectrum, n, axis=0)[: len(fine) : FINE] * step
    out = np.zeros((len(times_s), *flow.shape), np.float32)
    out[:, wet] = curves * flow[wet] / 6000
    return out


def frames(supply, times_s, protocol: CTProtocol = FRAME, *, rng=None, **artery) -> np.ndarray:
    """Scan a head again and again while iodine goes by; return HU, shape (time, row, column).

    Each frame counts its own photons. The iodine is added to the reconstructed images: a few HU
    change neither the noise nor the hardening of the beam.

    Parameters
    ----------
    supply : medkit.anatomy.stroke.Supply
    times_s : ndarray, shape (time,)
    protocol : CTProtocol
        Of one frame.
    rng : None, int or numpy.random.Generator
    **artery
        Keywords of `bolus`.
    """
    rng = np.random.default_rng(rng)
    pixel = supply.patient.spacing_mm[1]
    protocol = replace(protocol, detector_spacing_mm=pixel)
    through = ct.project(supply.patient, protocol)
    images = []
    for _ in times_s:
        mu = ct.reconstruct(ct.count(through, protocol, rng=rng), protocol, filter="hann")
        images.append(ct.to_hounsfield(mu, protocol.effective_energy_kev))
    images = np.array(images, np.float32)
    images += tissue_curves(times_s, supply.flow, supply.volume, supply.delay_s, **artery)
    images[:, supply.artery] += bolus(times_s, **artery)[:, None]
    return images
