"""The ultrasound scanner: send a pulse, record the echoes, make a picture of them.

    scatterers ──acquire──▶ RF of every element ──reconstruct──▶ B-mode picture
               (echoes)                          (delay and sum, envelope, log)

An echo from depth z arrives after t = 2z/c. Everything else follows from that:
delays steer and focus the beam on the way in, and again on the way out.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from medkit.constants import SPEED_OF_SOUND_M_S
from medkit.physics.ultrasound import beamforming, bmode, echoes, scanlines
from medkit.physics.ultrasound.scatterers import Scatterers, random_scatterers
from medkit.physics.ultrasound.transducer import LINEAR, PHASED, Transducer


@dataclass(frozen=True)
class UltrasoundProtocol:
    """What the sonographer sets, and the transducer in their hand.

    Parameters
    ----------
    transducer : Transducer
        Sends and receives.
    depth_mm : float
        How deep the picture goes.
    steer_deg : tuple of float
        One transmission for each angle; the pictures of several are added
        (compounding).
    focus_mm : float
        Distance of the transmit focus; infinite for plane waves; negative for
        diverging waves, as if from a point that far behind the transducer.
    transmit_elements : int, optional
        How many elements in the middle send; all by default.
    f_number : float
        Depth over width of the receiving aperture, F#.
    apodisation : str
        Window over the receiving aperture: ``"boxcar"`` or ``"hann"``.
    sector_deg : float
        Opening of a sector picture; 0 for a rectangle as wide as the transducer.
    shape : tuple of int
        Rows and columns of the beamformed grid.
    prf_hz : float
        Pulses sent per second along one line.
    attenuation_db_cm_mhz : float
        What the scanner assumes of the tissue, and what `acquire` uses for
        scatterers that do not carry their own loss.
    sampling_mhz : float
        Samples per µs; 0 for four times the centre frequency.
    speed_m_s : float
        Speed of sound.

    Examples
    --------
    >>> protocol = UltrasoundProtocol()
    >>> round(protocol.wavelength_mm, 3), protocol.sampling_mhz
    (0.203, 30.4)
    """

    transducer: Transducer = field(default=LINEAR)
    depth_mm: float = 40.0
    steer_deg: tuple[float, ...] = (0.0,)
    focus_mm: float = np.inf
    transmit_elements: int | None = None
    f_number: float = 1.5
    apodisation: str = "hann"
    sector_deg: float = 0.0
    shape: tuple[int, int] = (256, 192)
    prf_hz: float = 5000.0
    attenuation_db_cm_mhz: float = 0.5
    sampling_mhz: float = 0.0
    speed_m_s: float = SPEED_OF_SOUND_M_S

    def __post_init__(self):
        if self.depth_mm <= 0 or self.f_number <= 0 or self.speed_m_s <= 0:
            raise ValueError(
                f"depth_mm is {self.depth_mm}, f_number {self.f_number}, speed_m_s "
                f"{self.speed_m_s}; all must be positive"
            )
        if self.apodisation not in beamforming.WINDOWS:
            raise ValueError(
                f"apodisation is {self.apodisation!r}; give one of {sorted(beamforming.WINDOWS)}"
            )
        if not len(self.steer_deg) or self.focus_mm == 0:
            raise ValueError("give at least one steer_deg, and a focus_mm that is not 0")
        if self.sampling_mhz == 0:
            object.__setattr__(self, "sampling_mhz", 4 * self.transducer.frequency_mhz)

    @property
    def wavelength_mm(self) -> float:
        """λ = c / f₀, in mm."""
        return 1e-3 * self.speed_m_s / self.transducer.frequency_mhz

    @property
    def samples(self) -> int:
        """Length of a record: until the echo of the deepest point reached the last element."""
        # Forward to a corner of the picture and back from it, and one pulse of 20 periods more.
        half = self.transducer.aperture_mm / 2
        if self.sector_deg:
            half += self.depth_mm * np.sin(np.deg2rad(self.sector_deg / 2))
        path = self.depth_mm + np.hypot(self.depth_mm, half) + 20 * self.wavelength_mm
        return int(np.ceil(path * 1e3 * self.sampling_mhz / self.speed_m_s))

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """Depth in mm of each row, and x in mm (or angle in rad, for a sector) of each column."""
        rows, columns = self.shape
        depth = (np.arange(rows) + 0.5) * self.depth_mm / rows
        if self.sector_deg:
            half = np.deg2rad(self.sector_deg / 2)
            return depth, np.linspace(-half, half, columns)
        half = self.transducer.aperture_mm / 2
        return depth, (np.arange(columns) + 0.5) * 2 * half / columns - half

    @property
    def grid_mm(self) -> tuple[np.ndarray, np.ndarray]:
        """Return x and z of each pixel of the beamformed picture, in mm, float32."""
        depth, lateral = self.axes
        if self.sector_deg:
            x = depth[:, None] * np.sin(lateral)
            z = depth[:, None] * np.cos(lateral)
        else:
            z, x = np.meshgrid(depth, lateral, indexing="ij")
        return np.ascontiguousarray(x, np.float32), np.ascontiguousarray(z, np.float32)


#: A phased array between two ribs: one diverging wave fills a sector of 75 degrees.
HEART = UltrasoundProtocol(
    transducer=PHASED,
    depth_mm=140.0,
    focus_mm=-12.0,
    sector_deg=75.0,
    f_number=1.0,
    shape=(280, 128),
    attenuation_db_cm_mhz=0.4,
)


def acquire(scatterers, protocol: UltrasoundProtocol, *, rng=None, noise_db=None) -> np.ndarray:
    """Record what every element hears after each transmission.

    Parameters
    ----------
    scatterers : Scatterers or Patient
        Points that scatter; a patient's first plane is filled with them.
    protocol : UltrasoundProtocol
        Transducer, transmissions, sampling.
    rng : None, int or numpy.random.Generator
        Randomness of the scatterers in a patient and of the noise.
    noise_db : float, optional
        Level of electronic noise against the loudest echo, for instance −60.

    Returns
    -------
    ndarray, shape (transmission, element, sample), float32
        Sample k was taken k / `sampling_mhz` µs after the middle of the pulse
        left the middle of the transducer.

    Notes
    -----
    Linear acoustics, single scattering, straight rays at one speed, no depth of the
    picture plane: no harmonics, no aberration, no slice thickness.
    """
    rng = np.random.default_rng(rng)
    if not isinstance(scatterers, Scatterers):
        scatterers = random_scatterers(scatterers, rng=rng, sector=protocol.sector_deg > 0)
    points = scatterers.points(protocol.attenuation_db_cm_mhz)
    rf = np.array(
        [
            echoes.record(
                points,
                protocol.transducer,
                transmit_delays_us(protocol, angle),
                _sending(protocol),
                sampling_mhz=protocol.sampling_mhz,
                samples=protocol.samples,
                speed_m_s=protocol.speed_m_s,
            )
            for angle in protocol.steer_deg
        ]
    )
    if noise_db is not None:
        sigma = np.abs(rf).max() * 10 ** (noise_db / 20)
        rf += np.float32(sigma) * rng.standard_normal(rf.shape, np.float32)
    return rf


def reconstruct(rf: np.ndarray, protocol: UltrasoundProtocol, **options) -> np.ndarray:
    """Make the B-mode picture: beamform, envelope, time gain, logarithm, scan conversion.

    Parameters
    ----------
    rf : ndarray, shape (transmission, element, sample)
        What `acquire` returned.
    protocol : UltrasoundProtocol
        The settings it was acquired with.
    **options
        What `display` takes: `dynamic_range_db`, `gain_db`, `reference`, `smooth_mm`.

    Returns
    -------
    ndarray, shape (row, column), float32
        dB from −`dynamic_range_db` to 0.
    """
    return display(beamforming.beamform(rf, protocol), protocol, **options)


def display(
    image: np.ndarray,
    protocol: UltrasoundProtocol,
    *,
    dynamic_range_db: float = 60.0,
    gain_db: float = 0.0,
    reference: float | None = None,
    smooth_mm: float = 0.0,
) -> np.ndarray:
    """Make the B-mode picture of beamformed data: envelope, gain, logarithm, scan conversion.

    The gain amplifies later echoes for the attenuation on their way.

    Parameters
    ----------
    image : ndarray, shape (row, column)
        From `beamforming.beamform` or `scanlines.scan`.
    protocol : UltrasoundProtocol
        The settings it was acquired with.
    dynamic_range_db : float
        What is weaker than white by more than this is black.
    gain_db : float
        Brightens the whole picture.
    reference : float, optional
        Envelope shown as white (0 dB) at no gain; by default the 99.7th percentile.
    smooth_mm : float
        Blur of the envelope. Scanners average speckle away like this, and hide how
        grainy their picture is; 0.15 looks like a clinical breast picture.

    Returns
    -------
    ndarray, shape (row, column), float32
        dB from −`dynamic_range_db` to 0.
    """
    envelope = np.abs(image)
    if smooth_mm:
        depth, lateral = protocol.axes
        across = protocol.depth_mm / 2 if protocol.sector_deg else 1.0  # an angle's length
        steps = depth[1] - depth[0], across * (lateral[1] - lateral[0])
        envelope = ndimage.gaussian_filter(envelope, [smooth_mm / s for s in steps])
    envelope = envelope * bmode.time_gain(protocol)[:, None]
    if reference is None:
        reference = np.percentile(envelope, 99.7)
    white = reference * 10 ** (-gain_db / 20)
    picture = bmode.log_compress(envelope, dynamic_range_db, reference=white)
    return bmode.scan_convert(picture, protocol) if protocol.sector_deg else picture


def transmit_delays_us(protocol: UltrasoundProtocol, angle_deg: float = 0.0) -> np.ndarray:
    """Return when each element fires, in µs; the middle of the transducer would at 0.

    Parameters
    ----------
    protocol : UltrasoundProtocol
        Its `focus_mm` decides between focused, plane and diverging.
    angle_deg : float
        Direction of the wave, from straight ahead towards +x.

    Returns
    -------
    ndarray, shape (element,)
        Delays in µs.

    Examples
    --------
    >>> delays = transmit_delays_us(UltrasoundProtocol(), 30.0)  # x sin 30° / c
    >>> print((delays[[0, -1]] * 1.54).round(3))
    [-9.525  9.525]
    """
    x = protocol.transducer.positions_mm
    sine, cosine = np.sin(np.deg2rad(angle_deg)), np.cos(np.deg2rad(angle_deg))
    focus = protocol.focus_mm
    if np.isinf(focus):
        path = x * sine
    else:  # the same formula serves a point ahead and a point behind
        path = np.sign(focus) * (abs(focus) - np.hypot(x - focus * sine, focus * cosine))
    return 1e3 * path / protocol.speed_m_s


def _sending(protocol):
    """One for each element that sends, zero for the others."""
    n = protocol.transducer.elements
    active = n if protocol.transmit_elements is None else protocol.transmit_elements
    return (np.abs(np.arange(n) - (n - 1) / 2) < active / 2).astype(np.float32)


def warm_up() -> None:
    """Compile every kernel of ultrasound, or load it from the cache."""
    small = Transducer(elements=8)
    protocol = UltrasoundProtocol(transducer=small, depth_mm=8.0, shape=(8, 8), steer_deg=(0, 5))
    point = Scatterers([0.0, 0.5], [4.0, 5.0], [1.0, 1.0])
    rf = acquire(point, protocol)
    reconstruct(rf, protocol)
    model = beamforming.ChannelModel(protocol)
    model.forward(np.ones(model.input_shape, np.complex64))
    scanlines.scan(point, protocol)
