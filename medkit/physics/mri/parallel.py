"""Parallel imaging: several coils make up for lines that were not measured.

Leave out all but every R-th line and each coil's image is folded: R places of the
patient lie on one another. The coils hear those places with different strength,
which is enough to tell them apart: in the image (SENSE) or in k-space (GRAPPA).
"""

import numpy as np


def _folded_groups(array, acceleration):
    """Reshape (coil, rows, columns) so that the R rows that fold together share an axis."""
    coils, rows, columns = array.shape
    if rows % acceleration:
        raise ValueError(
            f"{rows} rows do not fold evenly {acceleration} times; choose an acceleration "
            f"that divides the number of rows, or solve by conjugate gradients"
        )
    return array.reshape(coils, acceleration, rows // acceleration, columns)


def _unfolding_system(sensitivities, acceleration, damping):
    """Return SᴴS + λ for each group of places that fold together, (…, R, R), and S."""
    groups = _folded_groups(sensitivities, acceleration).transpose(2, 3, 0, 1)  # (y, x, c, R)
    gram = groups.conj().swapaxes(-1, -2) @ groups
    # Where no coil hears anything (outside the patient) the system is empty: a tiny
    # weight there and a 1 on the diagonal keep it solvable and its answer zero.
    heard = np.einsum("...ii->...i", gram).real
    floor = damping * heard.max(initial=0) + np.where(heard > 1e-6 * heard.max(), 0, 1)
    return gram + floor[..., None] * np.eye(acceleration), groups


def unfold(
    images: np.ndarray, sensitivities: np.ndarray, acceleration: int, *, damping: float = 1e-6
) -> np.ndarray:
    """Unfold coil images of every R-th line (SENSE): x = (SᴴS)⁻¹ Sᴴ y, place by place.

    Parameters
    ----------
    images : ndarray, shape (coil, row, column)
        Images of the zero-filled regular k-space, hence R times too weak.
    sensitivities : ndarray, shape (coil, row, column)
        Receive sensitivities.
    acceleration : int
        R; divides the number of rows.
    damping : float
        Part of the largest power added to the diagonal against noise.

    Returns
    -------
    ndarray of complex64, shape (row, column)

    Raises
    ------
    ValueError
        If R does not divide the number of rows.

    References
    ----------
    Pruessmann et al., Magn. Reson. Med. 42 (1999) 952,
    doi:10.1002/(SICI)1522-2594(199911)42:5<952::AID-MRM16>3.0.CO;2-S.
    """
    _, rows, columns = images.shape
    gram, s = _unfolding_system(sensitivities.astype(np.complex128), acceleration, damping)
    # The folded image repeats R times; its first part holds all there is.
    folded = _folded_groups(images, acceleration)[:, 0].transpose(1, 2, 0)[..., None]
    parts = np.linalg.solve(gram, s.conj().swapaxes(-1, -2) @ (acceleration * folded))[..., 0]
    return parts.transpose(2, 0, 1).reshape(rows, columns).astype(np.complex64)


def g_factor(sensitivities: np.ndarray, acceleration: int) -> np.ndarray:
    """Return by how much unfolding amplifies noise, beyond the √R of fewer lines.

    g = √[(SᴴS)⁻¹ᵢᵢ (SᴴS)ᵢᵢ] ≥ 1: 1 where the coils tell the folded places apart at no
    cost, large where two of them sound alike to every coil.

    Parameters
    ----------
    sensitivities : ndarray, shape (coil, row, column)
        Receive sensitivities.
    acceleration : int
        R; divides the number of rows.

    Returns
    -------
    ndarray of float32, shape (row, column)
        1 where no coil hears anything, as in maps that are 0 outside the patient; infinity
        where no coil can tell the folded places apart.
    """
    _, rows, columns = sensitivities.shape
    gram, _ = _unfolding_system(sensitivities.astype(np.complex128), acceleration, 0.0)
    power = np.einsum("...ii->...i", gram).real
    # Scaled to a diagonal of 1, the system is singular only if two places sound alike.
    scale = 1 / np.sqrt(power)
    gram = gram * scale[..., :, None] * scale[..., None, :]
    alike = np.linalg.eigvalsh(gram)[..., 0] < 1e-10
    gram[alike] = np.eye(acceleration)
    g2 = np.einsum("...ii->...i", np.linalg.inv(gram)).real
    g2[alike] = np.inf
    return np.sqrt(g2.transpose(2, 0, 1)).reshape(rows, columns).astype(np.float32)


def grappa(
    kspace: np.ndarray,
    mask: np.ndarray,
    acceleration: int,
    *,
    kernel: tuple[int, int] = (4, 5),
    damping: float = 1e-4,
) -> np.ndarray:
    """Fill missing lines from their neighbours in all coils (GRAPPA).

    The weights are the same everywhere in k-space; the complete lines in the middle
    show what they are, by least squares.

    Parameters
    ----------
    kspace : ndarray, shape (coil, row, column)
        Data, 0 where not measured: every R-th line, and a complete middle.
    mask : ndarray of bool, shape (row,)
        Measured lines.
    acceleration : int
        R, the distance of the regular lines.
    kernel : tuple of int
        Measured lines and columns that a missing point is computed from.
    damping : float
        Weight of the regularisation, relative to the mean power of the sources.

    Returns
    -------
    ndarray of complex64, shape (coil, row, column)
        k-space without gaps; measured lines are kept as they are.

    Raises
    ------
    ValueError
        If the middle has too few complete lines to learn from.

    References
    ----------
    Griswold et al., Magn. Reson. Med. 47 (2002) 1202, doi:10.1002/mrm.10171.
    """
    kspace, mask = np.asarray(kspace, np.complex64), np.asarray(mask, bool)
    coils, rows, columns = kspace.shape
    lines, width = kernel
    # Sources of a gap that begins after line y: the lines y + R·offset, all on the grid.
    offsets = acceleration * (np.arange(lines) - (lines - 1) // 2)
    middle = _complete_middle(mask)
    first = np.array(
        [y for y in middle if y + offsets[0] >= middle[0] and y + offsets[-1] <= middle[-1]]
    )
    if acceleration > 1 and not first.size:
        raise ValueError(
            f"GRAPPA with R = {acceleration} needs at least {offsets[-1] - offsets[0] + 1} "
            f"complete lines in the middle, got {len(middle)}; raise calibration_lines"
        )
    spread = _neighbourhoods(kspace, width)
    filled = kspace.copy()
    if acceleration == 1:
        return filled
    learn = _sources(spread, first, offsets)
    targets = np.concatenate([kspace[:, first + m] for m in range(1, acceleration)])
    targets = targets.reshape(coils * (acceleration - 1), -1).T
    gram = learn.conj().T @ learn
    gram += damping * np.trace(gram).real / len(gram) * np.eye(len(gram), dtype=gram.dtype)
    weights = np.linalg.solve(gram, learn.conj().T @ targets)
    start = np.arange((rows // 2) % acceleration, rows, acceleration)
    guessed = (_sources(spread, start, offsets) @ weights).T
    guessed = guessed.reshape(acceleration - 1, coils, start.size, columns)
    for m in range(1, acceleration):
        inside = start + m < rows
        filled[:, (start + m)[inside]] = guessed[m - 1][:, inside]
    filled[:, mask] = kspace[:, mask]
    return filled


def _complete_middle(mask):
    """Return the indices of the unbroken run of measured lines around the middle."""
    centre = mask.size // 2
    gaps = np.flatnonzero(~mask)
    low = gaps[gaps < centre].max(initial=-1) + 1
    high = gaps[gaps >= centre].min(initial=mask.size)
    return np.arange(low, high)


def _neighbourhoods(kspace, width):
    """Return each point with its neighbours along the line: (coil, row, column, width)."""
    reach = width // 2
    padded = np.pad(kspace, ((0, 0), (0, 0), (reach, width - 1 - reach)))
    return np.lib.stride_tricks.sliding_window_view(padded, width, axis=2)


def _sources(spread, first, offsets):
    """Gather the sources of each point: (points, coils · lines · width)."""
    rows = spread.shape[1]
    near = spread[:, (first[:, None] + offsets) % rows]  # (coil, y, line, column, width)
    near = near.transpose(1, 3, 0, 2, 4)
    return near.reshape(near.shape[0] * near.shape[1], -1)
