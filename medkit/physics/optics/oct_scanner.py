"""The OCT scanner: its light, its spectrometer, and the depths that these allow."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from medkit.physics.knob import knob


@dataclass(frozen=True)
class OCTProtocol:
    """Settings of a spectral-domain OCT scanner.

    Parameters
    ----------
    wavelength_um : float
        Centre of the light source, λ₀.
    bandwidth_um : float
        Its full width at half maximum, Δλ: the wider, the finer the depth resolution.
    n_samples : int
        Pixels of the spectrometer.
    span_um : float, optional
        Wavelengths that the spectrometer covers; 2.5 bandwidths if not given.
    index : float
        Refractive index of the eye, by which depths are shorter than in air.
    dispersion_um2 : float
        Mismatch of the two arms, a in the phase a(k − k₀)².
    zero_delay_um : float
        Depth in the picture of the eye's first row: where both arms are equally long is 0.
    beam_um : float
        Full width at half maximum of the spot on the retina.
    sensitivity_db : float
        Noise: a mirror this much weaker than a perfect one equals it. Infinite: none.
    rolloff_db : float
        Loss at the largest depth, as the spectrometer blurs fine fringes.

    Examples
    --------
    >>> protocol = OCTProtocol(wavelength_um=0.84, bandwidth_um=0.05)
    >>> round(protocol.axial_resolution_um, 2), round(protocol.max_depth_um)
    (4.53, 2089)
    """

    wavelength_um: float = 0.84
    bandwidth_um: float = knob(0.05, "Bandwidth", "µm", 0.002, 0.15, log=True)
    n_samples: int = 2048
    span_um: float | None = None
    index: float = 1.375
    dispersion_um2: float = 0.0
    zero_delay_um: float = 100.0
    beam_um: float = 14.0
    sensitivity_db: float = 98.0
    rolloff_db: float = 8.0

    def __post_init__(self):
        for name in ("wavelength_um", "bandwidth_um", "index", "n_samples"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give a number above 0")
        if self.n_samples < 16 or self.n_samples % 2:
            raise ValueError(f"n_samples is {self.n_samples}; give an even number, 16 or more")
        if not 0 < self.covered_um < 1.5 * self.wavelength_um:
            raise ValueError(
                f"the spectrometer covers {self.covered_um:.3g} µm about {self.wavelength_um} µm; "
                "give a smaller bandwidth_um or span_um"
            )

    @property
    def covered_um(self) -> float:
        """Wavelengths that the spectrometer covers, in µm."""
        return 2.5 * self.bandwidth_um if self.span_um is None else self.span_um

    @property
    def axial_resolution_um(self) -> float:
        """Width of a mirror's picture in the eye, (2 ln 2/π)(λ₀²/Δλ)/n."""
        in_air = 2 * np.log(2) / np.pi * self.wavelength_um**2 / self.bandwidth_um
        return float(in_air / self.index)

    @property
    def max_depth_um(self) -> float:
        """Depth at which the fringes are two spectrometer pixels wide."""
        return float(self.depths_um[1] * self.n_samples / 2)

    @cached_property
    def pixels_um(self) -> np.ndarray:
        """Wavelength of each spectrometer pixel: evenly spaced, as a grating spreads them."""
        half = self.covered_um / 2
        return np.linspace(self.wavelength_um - half, self.wavelength_um + half, self.n_samples)

    @cached_property
    def wavenumbers(self) -> np.ndarray:
        """Evenly spaced wavenumbers k in rad/µm, on which the Fourier transform works."""
        pixels = self.pixels_um
        return np.linspace(2 * np.pi / pixels[-1], 2 * np.pi / pixels[0], self.n_samples)

    @cached_property
    def depths_um(self) -> np.ndarray:
        """Depth in the eye of each row of the picture, π m / (N δk n)."""
        step = self.wavenumbers[1] - self.wavenumbers[0]
        return np.arange(self.n_samples // 2) * np.pi / (self.n_samples * step * self.index)

    def source(self, wavenumber) -> np.ndarray:
        """Return the light source's spectrum, a Gaussian of k, 1 in its middle."""
        width = 2 * np.pi * self.bandwidth_um / self.wavelength_um**2
        offset = np.asarray(wavenumber) - 2 * np.pi / self.wavelength_um
        return np.exp(-4 * np.log(2) * (offset / width) ** 2)

    def dispersion_rad(self, wavenumber) -> np.ndarray:
        """Return the phase by which the arms differ."""
        offset = np.asarray(wavenumber) - 2 * np.pi / self.wavelength_um
        return self.dispersion_um2 * offset**2

    @property
    def background(self) -> np.ndarray:
        """What the spectrometer sees of the reference arm alone."""
        return self.source(2 * np.pi / self.pixels_um).astype(np.float32)
