"""Pictures of a faint disc in the noise of a sharp CT: a task whose ceiling is known."""

import numpy as np

from medkit.physics import ct
from medkit.physics.ct.scanner import CTProtocol

#: A scan of little dose; and the middle of the disc and half of the pictures' width, pixels.
PROTOCOL = CTProtocol(
    n_views=120,
    tube_current_mas=0.3,
    slice_thickness_mm=1.0,
    detector_spacing_mm=3.75,
    energy_kev=70.0,
)
SIZE, ASIDE, HALF = 64, 12, 12
#: Attenuation of the head in 1/mm, its radius and that of the disc in pixels, and its contrast.
WATER, HEAD, RADIUS, CONTRAST = 0.02, 28.0, 2.0, 0.012


def head(contrast: float = 0.0, radius: float = RADIUS) -> np.ndarray:
    """Return a round head with a disc beside its middle, μ in 1/mm, shape (64, 64)."""
    at = np.arange(SIZE) - (SIZE - 1) / 2
    disc = np.hypot(at - ASIDE, at[:, None]) < radius
    return WATER * (np.hypot(at, at[:, None]) < HEAD) * (1 + contrast * disc)


def scans(mu, n: int, *, rng=0, filter: str = "ramp", protocol=PROTOCOL) -> np.ndarray:
    """Scan a head n times; return HU about the disc, shape (n, 24, 24)."""
    rng, through = np.random.default_rng(rng), ct.project(mu, protocol)
    middle = SIZE // 2
    rows, columns = (slice(m - HALF, m + HALF) for m in (middle, middle + ASIDE))
    images = []
    for _ in range(n):
        sinogram = ct.count(through, protocol, rng=rng)
        image = ct.reconstruct(sinogram, protocol, filter=filter)
        images.append(ct.to_hounsfield(image, protocol.effective_energy_kev)[rows, columns])
    return np.stack(images)


def pictures(n: int, *, rng=0) -> tuple[np.ndarray, np.ndarray]:
    """Return n pictures without and n with the disc, shape (2 n, 24, 24), and their labels."""
    one, other = np.random.default_rng(rng).spawn(2)
    images = np.concatenate([scans(head(), n, rng=one), scans(head(CONTRAST), n, rng=other)])
    return images, np.repeat([0, 1], n)
