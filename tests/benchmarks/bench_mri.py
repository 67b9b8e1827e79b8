"""MRI: radial Fourier transform, CG-SENSE, and many simulated images."""

import numpy as np

from medkit.authoring.benchmark import Comparison, benchmark

SIZE, SPOKES, COILS = 256, 128, 8


def _slice():
    """Return a slice of the head, as a T1-weighted scan without noise sees it."""
    from medkit.anatomy import head
    from medkit.physics import mri

    protocol = mri.preset("T1w", matrix=(SIZE, SIZE), n_coils=1, noise=0)
    return mri.reconstruct(mri.acquire(head(10.0), protocol), protocol).astype(np.complex64)


def _exact_transform(x, points):
    """Sum the Fourier transform in double precision: finufft at an error of 1e-12."""
    import finufft

    turns = 2 * np.pi / SIZE * points.reshape(-1, 2).astype(float)
    y = finufft.nufft2d2(*np.ascontiguousarray(turns.T), x.astype(complex), eps=1e-12, isign=-1)
    return y.reshape(points.shape[:2]) / SIZE


def _error(y, truth):
    return float(np.linalg.norm(y - truth) / np.linalg.norm(truth))


@benchmark("mri.nufft")
def nufft():
    """Transform an image to radial k-space, with the plan and its points made before."""
    import sigpy

    from medkit.physics.mri.radial import NonUniformFourier, spokes

    x, points = _slice(), spokes(SPOKES, SIZE)
    ours, peer = NonUniformFourier(points, x.shape), sigpy.linop.NUFFT(x.shape, points)
    truth = _exact_transform(x, points)
    return Comparison(
        lambda: ours.forward(x),
        lambda: peer * x,
        "SigPy (default)",
        _error(ours.forward(x), truth),
        _error(peer * x, truth),
        f"{SIZE}², {SPOKES} spokes; relative error against the sum",
    )


@benchmark("mri.cg_sense")
def cg_sense():
    """Reconstruct radial data of eight coils by conjugate gradients, all included.

    SigPy takes 50 steps. Ours first compresses the coils, as scanners do, and with a
    preconditioner takes as many steps as lead to SigPy's error.
    """
    from sigpy.mri.app import SenseRecon

    from medkit.physics.linear.reconstruction import conjugate_gradient
    from medkit.physics.mri.coils import Coils, compress, loop_sensitivities
    from medkit.physics.mri.radial import NonUniformFourier, preconditioner, spokes

    x, points = _slice(), spokes(SPOKES, SIZE)
    grid = (np.arange(SIZE) - (SIZE - 1) / 2) * 240 / SIZE
    maps = loop_sensitivities(grid, grid, COILS)
    data = np.stack([_exact_transform(x * s, points) for s in maps]).astype(np.complex64)

    def ours():
        few, virtual = compress(data, maps, kept=0.9998)
        operator = NonUniformFourier(points, x.shape, len(few)) @ Coils(virtual)
        return conjugate_gradient(
            few, operator, n_iterations=10, preconditioner=preconditioner(virtual)
        )

    def peer():
        return SenseRecon(data, maps, coord=points, max_iter=50, show_pbar=False).run()

    return Comparison(
        ours,
        peer,
        "SigPy SenseRecon",
        _error(ours(), x),
        _error(peer(), x),
        f"{SIZE}², {COILS} coils (ours compressed), {SPOKES} spokes, 50 iterations "
        "(ours 10, preconditioned); image error",
        rounds=3,
    )


@benchmark("simulate.mri")
def simulate():
    """Acquire and reconstruct 1,000 noisy images of 64×64 with changing contrast."""
    from medkit.anatomy import head
    from medkit.physics import mri

    body = head(np.arange(-10.0, 50.0, 5.0), shape=(64, 64))
    planes = [body.plane(k) for k in range(body.shape[0])]
    protocols = [
        mri.preset(name, field_t=field, matrix=(64, 64), n_coils=1)
        for name in ("T1w", "T2w", "FLAIR", "DWI")
        for field in (1.5, 3.0)
    ]

    def ours():
        rng = np.random.default_rng(0)
        return [
            mri.reconstruct(mri.acquire(planes[k % 12], p, rng=rng), p)
            for k in range(1000)
            for p in [protocols[k % 8]]
        ]

    return Comparison(ours, None, "", note="1,000 images of 64×64, k-space and back", rounds=3)
