"""Explorers of ``11_ct``: from one ray to a picture, and what goes wrong on the way."""

from functools import lru_cache

import numpy as np

from medkit import anatomy
from medkit.constants import attenuation_per_mm
from medkit.physics import ct, spectrum
from medkit.physics.ct_scanner import CTProtocol, Motion
from medkit.physics.fbp import filtered_backprojection, ramp_filter
from medkit.physics.projection import ParallelBeam
from medkit.views.explorer import (
    Button,
    Choice,
    Image,
    Lines,
    Picture,
    Point,
    Slider,
    Toggle,
    explorer,
)

#: Field of view of the chest, its pixels, and the size of one.
FIELD_MM, SIZE = 400.0, 256
PIXEL_MM = FIELD_MM / SIZE
FILTERS = ("ramp", "shepp-logan", "cosine", "hamming", "hann")


@lru_cache
def chest(lesion: str | None = "nodule"):
    """Return one plane of a chest with a nodule of 9 mm in the left lung."""
    patient = anatomy.thorax(-30.0, shape=(SIZE, SIZE), field_mm=FIELD_MM)
    if lesion is None:
        return patient
    return anatomy.lesions.nodule(patient, radius_mm=4.5, centre_mm=(-30.0, -25.0, 90.0), rng=2)


@explorer(
    title="One ray through the patient",
    tube_voltage_kvp=Slider(60, 140, 120, 5, unit="kV", label="Tube voltage"),
    thickness_mm=Slider(0, 400, 200, 5, unit="mm", label="Water in the way"),
)
def beam(*, tube_voltage_kvp, thickness_mm):
    """See what a layer of water does to a beam of many energies."""
    energy, photons = spectrum.tube_spectrum(tube_voltage_kvp)
    share = photons / photons.max()
    mu = attenuation_per_mm("water", energy)
    after = photons * np.exp(-mu * thickness_mm)
    lengths = np.linspace(0, 400, 81)
    weights = photons / photons.sum()
    measured = -np.log(np.exp(-np.outer(lengths, mu)) @ weights)
    straight = lengths * (mu @ weights)
    mean = [float(np.average(energy, weights=n)) for n in (photons, after)]
    arriving = after.sum() / photons.sum()
    return Picture(
        Lines(
            energy,
            {"before": share, "after, scaled up": after / after.max()},
            title="Photons by energy",
            xlabel="photon energy (keV)",
            ylabel="photons (of the most frequent)",
            xlim=(0, 145),
            ylim=(0, 1.05),
            marks={f"{mean[0]:.0f} keV": mean[0], f"{mean[1]:.0f} keV": mean[1]},
        ),
        Lines(
            lengths,
            {"this beam": measured, "if all photons stayed alike": straight},
            title="What the detector reports",
            xlabel="water (mm)",
            ylabel="−ln(photons out / photons in)",
            xlim=(0, 400),
            ylim=(0, 12),
            dashed=("if all photons stayed alike",),
            marks={"": thickness_mm},
        ),
        caption=f"one photon in {1 / arriving:,.0f} arrives; the mean energy rises from "
        f"{mean[0]:.1f} to {mean[1]:.1f} keV",
        alt=f"The spectrum of a {tube_voltage_kvp} kV tube before and after {thickness_mm} mm of "
        "water, and the measured line integral against thickness, which bends below a straight "
        "line.",
    )


@lru_cache
def _bead_beam():
    return ParallelBeam((128, 128), np.arange(180.0), 128)


@explorer(
    title="Every point of the patient becomes a sine",
    bead=Point(40.0, 0.0, xlim=(-50, 50), ylim=(-50, 50), unit="mm", label="Bead"),
    angle_deg=Slider(0, 179, 30, 1, unit="°", label="View"),
)
def sinogram(*, bead, angle_deg):
    """Drag the bead and watch its track in the sinogram."""
    x, y = np.meshgrid(np.arange(128) - 63.5, 63.5 - np.arange(128))
    body = 0.02 * (np.hypot(x / 0.9, y / 0.7) < 62) - 0.012 * (np.hypot(x + 18, y - 12) < 11)
    body = np.where(np.hypot(x - bead[0], y - bead[1]) < 3.5, 0.12, body)
    data = _bead_beam().forward(body)
    angle = np.deg2rad(angle_deg)
    across = np.array([-63.5, 63.5])
    foot = bead[0] * np.cos(angle) + bead[1] * np.sin(angle)
    ray = (
        foot * np.cos(angle) - across * np.sin(angle),
        foot * np.sin(angle) + across * np.cos(angle),
    )
    extent = (-64, 64, 64, -64)
    return Picture(
        Image(
            body, title="Patient and one ray", unit="1/mm", limits=(0, 0.06), extent=extent,
            spacing_mm=1.0, xlabel="x (mm)", ylabel="y (mm)", curves={"ray": ray}, colorbar=False,
        ),
        Image(
            data, title="Sinogram", unit="1", limits=(0, 3), extent=(-64, 64, 0, 180),
            xlabel="detector (mm)", ylabel="view (°)", colormap="gray",
            curves={"this view": (across, [angle_deg, angle_deg])},
            points={"the bead's ray": ([foot], [angle_deg])}, colorbar=False,
        ),
        Lines(
            np.arange(128) - 63.5, {"this view": data[angle_deg]}, title="One row of the sinogram",
            xlabel="detector (mm)", ylabel="line integral of μ", xlim=(-64, 64), ylim=(0, 4),
            marks={"bead": foot},
        ),
        caption=f"s = x cos θ + y sin θ = {bead[0]:.0f}·{np.cos(angle):.2f} + "
        f"{bead[1]:.0f}·{np.sin(angle):.2f} = {foot:.1f} mm",
        alt="A body with a dense bead, its sinogram in which the bead draws a sine, and the "
        f"profile of the view at {angle_deg}°.",
    )  # fmt: skip


@lru_cache
def _smears():
    """Return the views of a chest in an order that spreads them, filtered and not."""
    mu = chest().map({t: float(attenuation_per_mm(t, 60.0)) for t in chest().tissues})[0, ::2, ::2]
    n_views, size = 180, len(mu)
    scanner = ParallelBeam(mu.shape, np.arange(n_views) * 180.0 / n_views, size, spacing_mm=3.125)
    return mu, scanner, scanner.forward(mu)


@explorer(
    title="Smear the views back",
    n_views=Slider(1, 180, 8, unit="", label="Views", log=True),
    filtered=Toggle(False, label="Filter first"),
)
def backprojection(*, n_views, filtered):
    """Add up the smeared views, with and without the ramp filter."""
    mu, scanner, data = _smears()
    places = np.round(np.arange(n_views) * 180 / n_views).astype(int)
    part, rows = scanner.subset(places), data[places]
    image = filtered_backprojection(rows, part) if filtered else part.backproject(rows) / n_views
    limits = (0.0, 0.045) if filtered else (0.0, float(image.max()))
    across = (np.arange(data.shape[1]) - (data.shape[1] - 1) / 2) * scanner.spacing_mm
    row = data[0]
    if filtered:
        response = ramp_filter(len(row), scanner.spacing_mm)
        padded = 2 * (len(response) - 1)
        row = np.fft.irfft(np.fft.rfft(row, padded) * response)[: len(row)]
    return Picture(
        Image(
            image, title=f"{n_views} views, smeared back and added",
            unit="1/mm" if filtered else "1", limits=limits, spacing_mm=scanner.spacing_mm,
        ),
        Lines(
            across, {"view at 0°": row}, title="What is smeared", xlabel="detector (mm)",
            ylabel="filtered (1/mm)" if filtered else "line integral of μ",
            ylim=(-0.15, 0.25) if filtered else (0, 7),
        ),
        caption=f"{n_views} of 180 views, {'after' if filtered else 'without'} the ramp filter"
        + (f": error {1000 * np.std(image - mu) / 0.0206:.0f} HU" if filtered else ""),
        alt=f"A chest slice built from {n_views} back-projected views, "
        f"{'filtered' if filtered else 'unfiltered and blurred'}, and the view that is smeared.",
    )  # fmt: skip


@lru_cache(maxsize=32)
def _chest_scan(tube_current_mas, n_views, window, seed):
    protocol = CTProtocol(
        tube_current_mas=tube_current_mas, n_views=n_views, detector_spacing_mm=PIXEL_MM,
        slice_thickness_mm=2.5,
    )  # fmt: skip
    return ct.scan(chest(), protocol, rng=seed, filter=window).pixels[0]


def noise_hu(image: np.ndarray, reference: np.ndarray) -> float:
    """Return the spread of an image about a noiseless one, in HU, in the muscles of the back."""
    return float((image - reference)[170:200, 60:100].std())


@explorer(
    title="Dose, views, filter",
    tube_current_mas=Slider(1, 400, 50, unit="mAs", label="Tube current × time", log=True),
    n_views=Slider(20, 720, 360, 20, unit="", label="Views"),
    window=Choice(FILTERS, label="Filter"),
    lung=Toggle(True, label="Lung window"),
    seed=Button(label="Scan again"),
)
def dose(*, tube_current_mas, n_views, window, lung, seed):
    """Find the smallest dose at which the nodule is still safe to call."""
    image = _chest_scan(tube_current_mas, n_views, window, seed)
    noise = noise_hu(image, _chest_scan(np.inf, n_views, window, 0))
    nodule = chest().lesions["nodule"][0]
    row = int(np.nonzero(nodule)[0].mean())
    limits = (-1350.0, 150.0) if lung else (-160.0, 240.0)
    across = (np.arange(SIZE) - (SIZE - 1) / 2) * PIXEL_MM
    return Picture(
        Image(image, title="A simulated chest CT", unit="HU", limits=limits, spacing_mm=PIXEL_MM),
        Lines(
            across, {"row through the nodule": image[row]}, title="One row of it",
            xlabel="x (mm)", ylabel="CT number (HU)", xlim=(20, 150), ylim=(-1300, 500),
            spans={"nodule": tuple(across[np.nonzero(nodule[row])[0][[0, -1]]])},
        ),
        caption=f"noise {noise:.0f} HU at {tube_current_mas:.0f} mAs and {n_views} views, "
        f"{window} filter",
        alt=f"A simulated chest CT at {tube_current_mas:.0f} mAs with {n_views} views and the "
        f"{window} filter; the noise is {noise:.0f} HU.",
    )  # fmt: skip


ARTEFACTS = {
    "nothing": "nothing is wrong",
    "few views": "fewer views: straight streaks, worst at sharp edges",
    "limited angle": "part of the half turn is missing: edges along the missing rays vanish",
    "dead detector elements": "wrong gains draw rings around the centre of rotation",
    "metal": "hardly a photon gets through: black bands join the implants, streaks leave them",
    "motion": "a breath during the scan: double contours and arcs",
    "truncation": "the patient is wider than the detector: a bright rim where the body leaves it",
    "beam hardening": "no water correction: the middle looks thinner than it is",
}


@lru_cache(maxsize=32)
def _spoilt(cause, severity):
    views = 360
    options = {"detector_spacing_mm": PIXEL_MM, "slice_thickness_mm": 2.5, "n_views": views}
    patient, scan, settings = chest(), {}, {}
    if cause == "few views":
        options["n_views"] = round(360 * (1 - severity) + 20 * severity)
    if cause == "limited angle":
        options |= {"angular_range_deg": 180 - 120 * severity, "n_views": 240}
    if cause == "dead detector elements":
        scan["gain_error"] = 0.03 * severity
    if cause == "metal":
        patient = _with_metal(severity)
    if cause == "motion":
        scan["motion"] = Motion(shift_mm=(2 * severity, 14 * severity), cycles=0.8, start=0.3)
    if cause == "truncation":
        options["n_detectors"] = round(SIZE * (1 - 0.5 * severity))
    if cause == "beam hardening":
        settings["water_correction"] = severity == 0
        options["tube_voltage_kvp"] = 120 - 50 * severity
    protocol = CTProtocol(**options)
    data = ct.acquire(patient, protocol, rng=0, **scan)
    mu = ct.reconstruct(data, protocol, filter="hann", **settings)
    return data, ct.to_hounsfield(mu, protocol.effective_energy_kev), protocol


def _with_metal(severity):
    """Return the chest with two rods of titanium beside the spine, up to 9 mm thick."""
    _, back, left = chest().grid_mm()
    rods = np.zeros(chest().shape, bool)
    for side in (-26, 30):
        rods |= np.hypot(back - 78, left - side) < 0.8 + 5.2 * severity
    return chest().with_lesion("rods", rods, "steel")


@explorer(
    title="Eight pictures of one patient",
    cause=Choice(list(ARTEFACTS), default="metal", label="What goes wrong"),
    severity=Slider(0.0, 1.0, 0.5, 0.05, unit="", label="How badly"),
)
def artefacts(*, cause, severity):
    """Learn the signature of each artefact, in the picture and in the sinogram."""
    data, image, protocol = _spoilt(cause, severity)
    width = data.shape[1] * PIXEL_MM / 2
    return Picture(
        Image(image, title="Picture", unit="HU", limits=(-400, 400), spacing_mm=PIXEL_MM),
        Image(
            data, title="Sinogram", unit="1", limits=(0, 8), xlabel="detector (mm)",
            ylabel="view (°)", extent=(-width, width, 0, protocol.angular_range_deg),
        ),
        caption=f"{cause}: {ARTEFACTS[cause]}",
        alt=f"A chest CT and its sinogram with {cause}, severity {severity:.2f}: "
        f"{ARTEFACTS[cause]}.",
    )  # fmt: skip
