"""Coils and parallel imaging: exact without noise, and with the noise theory says."""

import numpy as np
import pytest

from medkit.physics.linear import dot_test
from medkit.physics.linear.reconstruction import conjugate_gradient
from medkit.physics.mri import coils, parallel
from medkit.physics.mri.kspace import CartesianFourier, sampled_lines, to_image, to_kspace
from medkit.physics.mri.radial import NonUniformFourier, preconditioner, spokes

N = 64
GRID = (np.arange(N) - N / 2 + 0.5) * 3.5
MAPS = coils.loop_sensitivities(GRID, GRID, 8)


def body(n=N):
    grid = np.arange(n) - n / 2
    inside = (grid[:, None] / 0.42) ** 2 + (grid / 0.34) ** 2 < n**2
    detail = 0.3 * np.sin(grid / 3)[:, None] * np.cos(grid / 2)
    return (inside * (1 + detail)).astype(np.complex64)


def test_sensitivities_are_one_in_the_middle_and_grow_outwards():
    rss = coils.root_sum_of_squares(MAPS)
    assert rss[31:33, 31:33].mean() == pytest.approx(1, abs=0.01)
    assert rss[32, 5] > 1.2 * rss[32, 32]


def test_a_loops_field_is_free_of_sources():
    # Between the wires 1/(z − w) is analytic: real and imaginary part are harmonic.
    field = MAPS[2].astype(np.complex128)
    laplace = sum(np.roll(field, s, a) for s in (1, -1) for a in (0, 1)) - 4 * field
    inside = slice(12, -12)
    assert np.abs(laplace[inside, inside]).max() < 1e-2 * np.abs(field[inside, inside]).max()


def test_the_array_looks_the_same_from_every_coil():
    turned = np.rot90(np.abs(MAPS[0]))
    assert any(np.allclose(turned, np.abs(m), atol=1e-5) for m in MAPS[1:])


def test_known_coils_give_the_image_itself():
    np.testing.assert_allclose(coils.combine(MAPS * body(), MAPS), body(), atol=1e-5)


def test_compressed_coils_hold_the_power_and_give_the_same_image():
    mask = sampled_lines(N, "regular", acceleration=2)[:, None]
    data = to_kspace(MAPS * body()) * mask
    few, maps = coils.compress(data, MAPS, kept=0.999)
    assert len(few) == len(maps) < 8
    assert np.linalg.norm(few) ** 2 >= 0.999 * np.linalg.norm(data) ** 2
    # Virtual coils hear the same patient: their data are those of their own maps.
    np.testing.assert_allclose(few, to_kspace(maps * body()) * mask, atol=1e-4)
    image = parallel.unfold(to_image(few), maps, 2)
    assert np.linalg.norm(image - body()) < 1e-3 * np.linalg.norm(body())
    everything, _ = coils.compress(data, MAPS, kept=1.0)
    assert np.linalg.norm(everything) == pytest.approx(np.linalg.norm(data), rel=1e-5)


@pytest.mark.parametrize("radial", [False, True])
def test_coil_encoding_has_its_adjoint_and_its_short_cut(radial):
    if radial:
        fourier = NonUniformFourier(spokes(40, N), (N, N), 8)
    else:
        fourier = CartesianFourier(sampled_lines(N, "regular", acceleration=2), (N, N), 8)
    operator = fourier @ coils.Coils(MAPS)
    assert dot_test(operator, 0) < 1e-6
    slow = operator.adjoint(operator.forward(body()))
    assert np.linalg.norm(operator.normal(body()) - slow) < 1.5e-3 * np.linalg.norm(slow)


def test_coils_and_sampling_must_agree():
    expected = r"Coils gives complex arrays of shape \(8, 64, 64\), CartesianFourier takes .* \(4,"
    with pytest.raises(ValueError, match=expected):
        CartesianFourier(np.ones(N, bool), (N, N), 4) @ coils.Coils(MAPS)


@pytest.mark.parametrize("acceleration", [1, 2, 4])
def test_sense_is_exact_without_noise(acceleration):
    mask = sampled_lines(N, "regular", acceleration=acceleration)
    folded = to_image(to_kspace(MAPS * body()) * mask[:, None])
    image = parallel.unfold(folded, MAPS, acceleration, damping=0)
    assert np.abs(image - body()).max() < 1e-4


def test_cg_sense_reaches_the_same_image():
    fourier = CartesianFourier(sampled_lines(N, "regular", acceleration=2), (N, N), 8)
    operator = fourier @ coils.Coils(MAPS)
    image = conjugate_gradient(operator.forward(body()), operator, n_iterations=40)
    assert np.linalg.norm(image - body()) < 1e-3 * np.linalg.norm(body())


def test_a_radial_preconditioner_spares_two_of_three_iterations():
    points = spokes(32, N)
    operator = NonUniformFourier(points, (N, N), 8) @ coils.Coils(MAPS)
    data = operator.forward(body())
    plain, spared = (
        np.linalg.norm(conjugate_gradient(data, operator, **options) - body())
        for options in (
            {"n_iterations": 24},
            {"n_iterations": 8, "preconditioner": preconditioner(MAPS)},
        )
    )
    assert spared < plain


def test_a_radial_preconditioner_is_hermitian_and_positive():
    maps = MAPS * (np.arange(N) > 20)  # nothing is heard on one side
    apply = preconditioner(maps)
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((2, N, N, 2)) @ [1, 1j]).astype(np.complex64)
    assert np.vdot(y, apply(x)) == pytest.approx(np.vdot(apply(y), x), rel=1e-3)
    assert np.vdot(x, apply(x)).real > 0
    assert np.all(apply(x)[:, :21] == 0)


def test_cg_sense_is_as_close_as_sigpys():
    app = pytest.importorskip("sigpy.mri.app")
    points = spokes(24, N)
    operator = NonUniformFourier(points, (N, N), 8) @ coils.Coils(MAPS)
    data = operator.forward(body())
    ours = conjugate_gradient(data, operator, n_iterations=20)
    theirs = app.SenseRecon(data, MAPS, coord=points, max_iter=20, show_pbar=False).run()
    size = np.linalg.norm(body())
    assert np.linalg.norm(ours - body()) <= 1.02 * np.linalg.norm(theirs - body())
    assert np.linalg.norm(ours - theirs) < 0.02 * size


def test_noise_grows_by_g_and_the_root_of_r():
    acceleration, rng = 3, np.random.default_rng(0)
    maps = coils.loop_sensitivities(*2 * [(np.arange(48) - 23.5) * 4.5], 6)
    g = parallel.g_factor(maps, acceleration)
    assert g.min() >= 1 - 1e-5
    mask = sampled_lines(48, "regular", acceleration=acceleration)

    def noise_of(use, recover):
        images = []
        for _ in range(150):
            k = rng.standard_normal((6, 48, 48)) + 1j * rng.standard_normal((6, 48, 48))
            images.append(recover(to_image(k * use)))
        return np.std(images, axis=0)

    fast = noise_of(mask[:, None], lambda i: parallel.unfold(i, maps, acceleration, damping=0))
    full = noise_of(1, lambda i: coils.combine(i, maps))
    measured = fast / full / np.sqrt(acceleration)
    # 150 images: the ratio of two standard deviations is known to 6 % a pixel.
    assert np.median(measured / g) == pytest.approx(1, abs=0.02)
    assert np.quantile(np.abs(measured / g - 1), 0.95) < 0.2


def test_g_is_one_without_acceleration():
    np.testing.assert_allclose(parallel.g_factor(MAPS, 1), 1, rtol=1e-5)


def test_g_of_masked_maps_is_one_where_nothing_is_heard():
    """Maps that are 0 outside the body fold fewer places: g is smaller, and finite."""
    at = np.arange(N) - (N - 1) / 2
    inside = np.hypot(at, at[:, None]) < 0.35 * N
    g, masked = (parallel.g_factor(maps, 2) for maps in (MAPS, MAPS * inside))
    np.testing.assert_allclose(masked[~inside], 1)
    assert (masked[inside] >= 1 - 1e-5).all()
    assert (masked[inside] <= g[inside] * (1 + 1e-5)).all()
    both = inside & np.roll(inside, N // 2, axis=0)
    np.testing.assert_allclose(masked[both], g[both], rtol=1e-4)


def test_g_is_infinite_where_coils_hear_alike():
    assert np.isinf(parallel.g_factor(np.ones((3, 8, 8)), 2)).all()


def test_uneven_folding_says_what_to_do():
    with pytest.raises(ValueError, match="conjugate gradients"):
        parallel.g_factor(MAPS, 3)


@pytest.mark.parametrize(("acceleration", "limit"), [(2, 0.02), (3, 0.05)])
def test_grappa_fills_the_gaps(acceleration, limit):
    full = to_kspace(MAPS * body())
    mask = sampled_lines(N, "regular", acceleration=acceleration, calibration_lines=20)
    data = full * mask[:, None]
    filled = parallel.grappa(data, mask, acceleration, damping=1e-5)
    np.testing.assert_array_equal(filled[:, mask], data[:, mask])
    error = np.linalg.norm(filled - full) / np.linalg.norm(full)
    assert error < limit
    assert error < 0.3 * np.linalg.norm(data - full) / np.linalg.norm(full)


def test_grappa_without_a_complete_middle_says_so():
    mask = sampled_lines(N, "regular", acceleration=4)
    with pytest.raises(ValueError, match="raise calibration_lines"):
        parallel.grappa(to_kspace(MAPS * body()) * mask[:, None], mask, 4)


@pytest.mark.data
def test_measured_coils_foretell_what_was_not_measured(test_data):
    """Eight coils, an eighth of the points: reconstruct without a few, then predict those."""
    data = np.load(test_data / "kspace" / "cartesian_ksp.npy")
    measured = (data != 0).any(axis=0)
    assert 0.1 < measured.mean() < 0.15
    kept = measured & (np.random.default_rng(0).random(measured.shape) < 0.9)
    kept[105:125, 80:100] = True
    hidden = measured & ~kept
    # The complete middle alone gives a blurred image of each coil; divided by their root sum
    # of squares, the patient cancels and the coil remains.
    middle = np.zeros(measured.shape)
    rows, columns = (slice(n // 2 - 10, n // 2 + 10) for n in measured.shape)
    middle[rows, columns] = np.outer(*2 * [np.hanning(22)[1:-1]])
    blurred = to_image(data * middle)
    whole = coils.root_sum_of_squares(blurred)
    maps = np.where(whole > 0.05 * whole.max(), blurred / whole, 0)
    operator = CartesianFourier(kept, measured.shape, 8) @ coils.Coils(maps)
    image = conjugate_gradient(data * kept, operator, n_iterations=15, damping=0.01)
    predicted = to_kspace(maps * image)[:, hidden]
    # Without coils nothing could be said of a hidden point: an error of 1.
    error = np.linalg.norm(predicted - data[:, hidden]) / np.linalg.norm(data[:, hidden])
    assert error < 0.4
