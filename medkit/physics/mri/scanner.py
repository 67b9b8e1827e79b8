"""The MR scanner: its settings, its coils, and the signal it gets from each tissue."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from medkit.constants import PROTON_GYROMAGNETIC_MHZ_T
from medkit.physics.knob import knob
from medkit.physics.mri import contrast
from medkit.physics.mri.coils import loop_sensitivities
from medkit.physics.mri.kspace import sampled_lines
from medkit.physics.mri.radial import spokes
from medkit.physics.mri.relaxation import mr_tissue

#: Standard deviation of the noise in a coil's image, water being 1, for a voxel of
#: 1 × 1 × 5 mm at 3 T, 200 Hz a pixel, 256 lines and one average: typical of a head coil.
REFERENCE_NOISE = 0.005
#: Radius in mm of the circle on which the receive coils lie: a head coil's.
COIL_RADIUS_MM = 150.0
#: A train of 180° pulses undoes the J-coupling that shortens the T2 of fat: about twice
#: as long, and so the bright scalp of fast spin echoes, doi:10.1002/jmri.1880020511.
FAT_T2_IN_TRAIN = 2.0
#: Part of the fat signal that fat saturation leaves.
FAT_LEFT = 0.05

SEQUENCES = ("spin_echo", "gradient_echo", "inversion_recovery", "bssfp")
SAMPLINGS = ("full", "regular", "random", "radial")


@dataclass(frozen=True)
class MRProtocol:
    """Settings of an MR scan.

    Parameters
    ----------
    sequence : {"spin_echo", "gradient_echo", "inversion_recovery", "bssfp"}
        See `medkit.physics.mri.contrast`; for "bssfp" the echo is at TR/2.
    tr_ms, te_ms, ti_ms : float
        Repetition, echo and inversion time.
    flip_deg : float
        Flip angle of "gradient_echo" and "bssfp".
    b_s_mm2 : float
        Diffusion weighting; 0 is none.
    fat_saturation : bool
        Whether fat is saturated before each excitation.
    field_t : float
        Strength of the main field in tesla.
    matrix : tuple of int
        Rows (phase-encoding lines) and columns (samples a line); even numbers.
    fov_mm : tuple of float
        Field of view along rows and columns. What lies beyond folds in along the rows,
        and is filtered away along the columns.
    slice_thickness_mm : float
        Planes of the patient that lie closer are averaged into slices of this thickness.
    bandwidth_hz : float
        Read-out bandwidth of one pixel: less means less noise, but fat and field errors
        shift further.
    echo_train : int
        Lines a repetition ("fast" or "turbo" spin echo): as many times faster. Its blur
        is not simulated, the bright fat is.
    averages : int
        How often the scan is repeated and averaged.
    n_coils : int
        Receive coils; 1 is a body coil with even sensitivity.
    sampling : {"full", "regular", "random", "radial"}
        See `medkit.physics.mri.kspace.sampled_lines` and `medkit.physics.mri.radial.spokes`.
    acceleration : float
        How many times fewer lines than rows are measured.
    calibration_lines : int
        Lines in the middle that are measured in any case.
    n_spokes : int
        Spokes of "radial" sampling.
    noise : float
        Factor on the noise; 0 makes a scan without.
    """

    sequence: str = "spin_echo"
    tr_ms: float = 500.0
    te_ms: float = 12.0
    ti_ms: float = 0.0
    flip_deg: float = 90.0
    b_s_mm2: float = 0.0
    fat_saturation: bool = False
    field_t: float = knob(3.0, "Main field", "T", 0.01, 3.0, log=True)
    matrix: tuple[int, int] = (256, 256)
    fov_mm: tuple[float, float] = (240.0, 240.0)
    slice_thickness_mm: float = 5.0
    bandwidth_hz: float = 200.0
    echo_train: int = 1
    averages: int = 1
    n_coils: int = 8
    sampling: str = "full"
    acceleration: float = knob(1.0, "Lines left out, acceleration", "×", 1.0, 8.0)
    calibration_lines: int = 24
    n_spokes: int = 256
    noise: float = 1.0

    def __post_init__(self):
        for name, choices in (("sequence", SEQUENCES), ("sampling", SAMPLINGS)):
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}; choose one of {', '.join(choices)}"
                )
        for name in (
            "tr_ms",
            "field_t",
            "slice_thickness_mm",
            "bandwidth_hz",
            "averages",
            "echo_train",
            "n_coils",
            "n_spokes",
        ):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give a number above 0")
        echo = self.ti_ms + self.te_ms if self.sequence == "inversion_recovery" else self.te_ms
        if self.sequence != "bssfp" and not 0 <= echo < self.tr_ms:
            raise ValueError(
                f"the echo comes {echo} ms after the sequence began, which must end before the "
                f"next one, {self.tr_ms} ms later: raise tr_ms or lower te_ms"
            )
        if any(n % 2 or n < 2 for n in self.matrix):
            raise ValueError(f"matrix is {self.matrix}; give even numbers of rows and columns")

    @property
    def lines(self) -> np.ndarray:
        """Mask (row,) of the measured phase-encoding lines of Cartesian sampling."""
        return sampled_lines(
            self.matrix[0],
            self.sampling,
            acceleration=self.acceleration,
            calibration_lines=0 if self.sampling == "full" else self.calibration_lines,
        )

    @property
    def points(self) -> np.ndarray:
        """Sample positions (spoke, sample, 2) of radial sampling, in cycles a field of view.

        Samples lie half a cycle apart: read-outs are oversampled twice, as on any scanner.
        """
        return spokes(self.n_spokes, 2 * self.matrix[1], step=0.5)

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Height and width of a pixel."""
        return tuple(f / n for f, n in zip(self.fov_mm, self.matrix, strict=True))

    @property
    def n_repetitions(self) -> int:
        """Lines or spokes that are measured."""
        return self.n_spokes if self.sampling == "radial" else int(self.lines.sum())

    @property
    def scan_time_s(self) -> float:
        """How long the scan takes, `echo_train` lines each TR."""
        return self.tr_ms / 1000 * np.ceil(self.n_repetitions / self.echo_train) * self.averages

    @property
    def larmor_mhz(self) -> float:
        """Frequency at which protons precess."""
        return PROTON_GYROMAGNETIC_MHZ_T * self.field_t

    @property
    def noise_sigma(self) -> float:
        """Standard deviation of the noise, in both parts of each k-space sample.

        σ ∝ √bandwidth / (B₀ · voxel volume · √(lines · averages)): every quantity with
        which a scan buys signal to noise.
        """
        volume = np.prod(self.pixel_mm) * self.slice_thickness_mm
        lines = self.matrix[0]  # skipped lines cost noise in reconstruction, not here
        return float(
            self.noise
            * REFERENCE_NOISE
            * (5 / volume)
            * (3 / self.field_t)
            * np.sqrt(self.bandwidth_hz / 200)
            * np.sqrt(256 / (lines * self.averages))
        )

    def sensitivities(self) -> np.ndarray:
        """Return what the coils hear at the pixels of the image, (coil, row, column)."""
        positions = (
            (np.arange(n) - (n - 1) / 2) * p
            for n, p in zip(self.matrix, self.pixel_mm, strict=True)
        )
        return coil_maps(*map(tuple, positions), self.n_coils)


@lru_cache(maxsize=16)
def coil_maps(rows_mm: tuple, columns_mm: tuple, n_coils: int) -> np.ndarray:
    """Return the scanner's coil sensitivities at rows and columns in mm; read-only."""
    maps = loop_sensitivities(rows_mm, columns_mm, n_coils, radius_mm=COIL_RADIUS_MM)
    maps.setflags(write=False)
    return maps


#: The contrasts a radiologist asks for, as settings; see `preset`.
PRESETS = {
    "T1w": {"tr_ms": 500, "te_ms": 12},
    "T1-IR": {"sequence": "inversion_recovery", "tr_ms": 2000, "te_ms": 10, "ti_ms": 850,
              "echo_train": 4},
    "T2w": {"tr_ms": 4500, "te_ms": 100, "echo_train": 16},
    "PDw": {"tr_ms": 3000, "te_ms": 15, "echo_train": 4},
    "FLAIR": {"sequence": "inversion_recovery", "tr_ms": 9000, "te_ms": 120, "ti_ms": 2450,
              "fat_saturation": True, "echo_train": 16},
    "STIR": {"sequence": "inversion_recovery", "tr_ms": 4000, "te_ms": 50, "ti_ms": 272,
             "echo_train": 8},
    "DWI": {"tr_ms": 5000, "te_ms": 85, "b_s_mm2": 1000, "fat_saturation": True,
            "matrix": (128, 128), "bandwidth_hz": 1500, "averages": 4,
            "echo_train": 128},
    "T2*w": {"sequence": "gradient_echo", "tr_ms": 600, "te_ms": 25, "flip_deg": 20},
    "GRE": {"sequence": "gradient_echo", "tr_ms": 10, "te_ms": 4, "flip_deg": 20},
    "bSSFP": {"sequence": "bssfp", "tr_ms": 5, "te_ms": 2.5, "flip_deg": 45,
              "bandwidth_hz": 600},
}  # fmt: skip


def preset(name: str, **changes) -> MRProtocol:
    """Return the protocol of a usual contrast.

    Parameters
    ----------
    name : str
        A key of `PRESETS`: "T1w", "T1-IR", "T2w", "PDw", "FLAIR", "STIR", "DWI", "T2*w",
        "GRE" or "bSSFP".
    **changes
        Settings to change, for example ``field_t=3.0``.

    Returns
    -------
    MRProtocol

    Raises
    ------
    KeyError
        If there is no such preset.

    Examples
    --------
    >>> preset("FLAIR").ti_ms
    2450
    """
    if name not in PRESETS:
        raise KeyError(f"no preset {name!r}; there are: {', '.join(PRESETS)}")
    return replace(MRProtocol(**PRESETS[name]), **changes)


def tissue_signal(name: str, protocol: MRProtocol) -> float:
    """Return the signal that a protocol gets from a tissue, fully relaxed water being 1.

    Parameters
    ----------
    name : str
        A key of `medkit.physics.mri.relaxation.MR_TISSUES`.
    protocol : MRProtocol
        Settings.

    Returns
    -------
    float
        Negative before the null of an inversion recovery: its image shows the magnitude.
    """
    tissue, b0 = mr_tissue(name), protocol.field_t
    if tissue.density == 0:
        return 0.0
    t1, t2 = tissue.t1(b0), tissue.t2_ms
    if protocol.echo_train > 1:
        t2 = t2 * (1 + (FAT_T2_IN_TRAIN - 1) * tissue.fat)
    times = {"tr_ms": protocol.tr_ms, "te_ms": protocol.te_ms}
    if protocol.sequence == "spin_echo":
        signal = contrast.spin_echo(tissue.density, t1, t2, **times)
    elif protocol.sequence == "gradient_echo":
        signal = contrast.gradient_echo(
            tissue.density, t1, tissue.t2_star(b0), flip_deg=protocol.flip_deg, **times
        )
    elif protocol.sequence == "inversion_recovery":
        signal = contrast.inversion_recovery(tissue.density, t1, t2, ti_ms=protocol.ti_ms, **times)
    else:
        signal = contrast.bssfp(
            tissue.density, t1, t2, tr_ms=protocol.tr_ms, flip_deg=protocol.flip_deg
        )
    if protocol.b_s_mm2:
        signal = contrast.diffusion(signal, tissue.diffusion_mm2_s, b_s_mm2=protocol.b_s_mm2)
    return float(signal)
