"""Iterative reconstruction finds known answers, keeps what it must, beats FBP where it should."""

import numpy as np
import pytest
from scipy import ndimage

from medkit.physics import noise
from medkit.physics.linear import LinearOperator, reconstruction, total_variation
from medkit.physics.linear.fbp import filtered_backprojection
from medkit.physics.linear.projection import ParallelBeam


class Matrix(LinearOperator):
    """A dense matrix, so that numpy knows every answer."""

    def __init__(self, matrix):
        self.matrix = matrix
        self.output_shape, self.input_shape = (matrix.shape[0],), (matrix.shape[1],)
        self.input_dtype = self.output_dtype = matrix.dtype

    def _forward(self, x):
        return self.matrix @ x

    def _adjoint(self, y):
        return self.matrix.conj().T @ y


@pytest.fixture
def matrix():
    rng = np.random.default_rng(0)
    return Matrix(rng.random((20, 6)) + np.eye(20, 6))


@pytest.fixture(scope="module")
def phantom():
    """Two discs in a larger one, 64 × 64: piecewise constant and not negative."""
    at = np.arange(64) - 31.5
    x, y = at[None], -at[:, None]
    image = 1.0 * (x**2 + y**2 < 26**2)
    image += 0.5 * ((x - 9) ** 2 + (y - 6) ** 2 < 36) - 0.4 * ((x + 10) ** 2 + (y + 4) ** 2 < 49)
    return ndimage.gaussian_filter(image, 0.5).astype(np.float32)


def beam_of(n_views):
    return ParallelBeam((64, 64), np.arange(n_views) * 180 / n_views)


def error(image, truth):
    return float(np.linalg.norm(image - truth) / np.linalg.norm(truth))


def test_largest_gain_is_the_largest_eigenvalue(matrix):
    exact = np.linalg.norm(matrix.matrix, 2) ** 2
    assert reconstruction.largest_gain(matrix, 30) == pytest.approx(exact, rel=1e-6)


def test_conjugate_gradient_solves_in_as_many_steps_as_unknowns(matrix):
    truth = np.arange(6.0)
    found = reconstruction.conjugate_gradient(matrix.forward(truth), matrix, n_iterations=6)
    np.testing.assert_allclose(found, truth, atol=1e-6)


def test_conjugate_gradient_solves_complex_and_damped_problems():
    rng = np.random.default_rng(1)
    a = Matrix(rng.standard_normal((12, 5)) + 1j * rng.standard_normal((12, 5)))
    y = rng.standard_normal(12) + 1j * rng.standard_normal(12)
    normal = a.matrix.conj().T @ a.matrix + 0.7 * np.eye(5)
    expected = np.linalg.solve(normal, a.matrix.conj().T @ y)
    found = reconstruction.conjugate_gradient(y, a, n_iterations=8, damping=0.7)
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_a_preconditioner_changes_the_way_and_not_the_goal():
    rng = np.random.default_rng(2)
    a = Matrix(rng.standard_normal((12, 5)) * 10.0 ** np.arange(5))
    y = rng.standard_normal(12)
    normal = a.matrix.T @ a.matrix + 0.7 * np.eye(5)
    expected = np.linalg.solve(normal, a.matrix.T @ y)
    rough, exact = 1 / np.diag(normal), np.linalg.inv(normal)
    for precondition, steps in ((lambda g: rough * g, 5), (lambda g: exact @ g, 1)):
        found = reconstruction.conjugate_gradient(
            y, a, n_iterations=steps, damping=0.7, preconditioner=precondition
        )
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_conjugate_gradient_stops_at_nothing_to_do(matrix):
    assert np.all(reconstruction.conjugate_gradient(np.zeros(20), matrix) == 0)


def test_sart_converges_and_subsets_are_faster(phantom):
    beam = beam_of(60)
    data = beam.forward(phantom)
    whole = reconstruction.sart(data, beam, n_iterations=3)
    parts = reconstruction.sart(data, reconstruction.view_subsets(beam, 10), n_iterations=3)
    assert error(parts, phantom) < 0.15
    assert error(parts, phantom) < 0.5 * error(whole, phantom)


def test_mlem_conserves_counts_and_never_turns_negative(phantom):
    beam = beam_of(40)
    counts = noise.poisson(20 * beam.forward(phantom), rng=0)

    def check(_, image):
        assert image.min() >= 0
        assert beam.forward(image).sum() == pytest.approx(counts.sum(), rel=1e-4)

    reconstruction.mlem(counts, beam, n_iterations=6, callback=check)


def test_mlem_raises_the_likelihood(phantom):
    beam = beam_of(40)
    counts, background = noise.poisson(5 * beam.forward(phantom) + 2, rng=1), 2.0
    found = []

    def likelihood(_, image):
        expected = beam.forward(image) + background
        found.append(float((counts * np.log(expected) - expected).sum(dtype=float)))

    reconstruction.mlem(counts, beam, n_iterations=8, background=background, callback=likelihood)
    assert np.all(np.diff(found) > 0)


def test_a_known_background_is_taken_out(phantom):
    beam = beam_of(40)
    data = beam.forward(phantom)
    alone = reconstruction.mlem(data, beam, n_iterations=40)
    known = reconstruction.mlem(data + 5, beam, n_iterations=40, background=5.0)
    ignored = reconstruction.mlem(data + 5, beam, n_iterations=40)
    assert error(known, phantom) < 2 * error(alone, phantom)
    assert error(known, phantom) < 0.5 * error(ignored, phantom)


def test_osem_gets_as_far_in_two_passes_as_mlem_in_twenty(phantom):
    beam = beam_of(64)
    data = 50 * beam.forward(phantom)
    slow = error(reconstruction.mlem(data, beam, n_iterations=20) / 50, phantom)
    fast = error(reconstruction.osem(data, beam, n_subsets=10, n_iterations=2) / 50, phantom)
    assert fast < 1.1 * slow < 0.1


def test_subsets_share_out_every_view_once():
    beam = beam_of(21)
    seen = np.concatenate(
        [np.arange(21)[index[1]] for index, _ in reconstruction.view_subsets(beam, 5)]
    )
    assert sorted(seen) == list(range(21))


@pytest.mark.parametrize("shape", [(5, 7), (2, 6, 4)])
def test_divergence_is_minus_the_transpose_of_the_gradient(shape):
    rng = np.random.default_rng(3)
    x, p = rng.standard_normal(shape), rng.standard_normal((2, *shape))
    left = np.vdot(total_variation.gradient(x), p)
    assert left == pytest.approx(-np.vdot(x, total_variation.divergence(p)))


def test_denoising_agrees_with_scikit_image(phantom):
    from skimage.restoration import denoise_tv_chambolle

    noisy = noise.gaussian(phantom, 0.2, rng=0)
    ours, _ = total_variation.denoise(noisy, 0.2, n_iterations=200)
    # Both minimise ½‖x − image‖² + weight·TV; Chambolle's scheme needs more steps.
    theirs = denoise_tv_chambolle(noisy.astype(float), 0.2, eps=1e-9, max_num_iter=2000)
    assert np.abs(ours - theirs).max() < 0.01


def test_denoising_by_nothing_changes_nothing(phantom):
    np.testing.assert_array_equal(total_variation.denoise(phantom, 0.0)[0], phantom)


def variation(image):
    return np.sqrt((total_variation.gradient(image) ** 2).sum(axis=0)).sum()


def test_total_variation_beats_fbp_for_few_views(phantom):
    beam = beam_of(15)
    data = noise.gaussian(beam.forward(phantom), 0.2, rng=0)
    flat = filtered_backprojection(data, beam)
    found = total_variation.total_variation(data, beam, weight=0.5, n_iterations=60)
    assert error(found, phantom) < 0.5 * error(flat, phantom)
    assert variation(found) < variation(flat)


def test_total_variation_lowers_what_it_minimises(phantom):
    beam, cost = beam_of(15), []
    data = beam.forward(phantom)

    def value(_, x):
        misfit = beam.forward(x) - data
        cost.append(0.5 * float(np.vdot(misfit, misfit)) + 0.5 * variation(x))

    total_variation.total_variation(data, beam, weight=0.5, n_iterations=30, callback=value)
    assert cost[-1] < 0.2 * cost[0]
    assert cost[-1] < 1.02 * min(cost)
