"""The kit's one way to numba: compiled functions that also work where nothing can be written."""

import numba

#: Fast mathematics, without the promise that no value is ever NaN or infinite.
FAST = {"reassoc", "contract", "arcp", "nsz"}


def compiled(function=None, **options):
    """Compile with numba, and keep the machine code where a folder can be written.

    Where neither the package's folder nor the home can be written, as on shared
    computers, the function is compiled anew by each process.

    Parameters
    ----------
    function : callable, optional
        What to compile; ``@compiled`` and ``@compiled(fastmath=False)`` both work.
    **options
        Of `numba.njit`, in place of the kit's own.

    Examples
    --------
    >>> @compiled
    ... def double(x):
    ...     return 2 * x
    >>> double(21)
    42
    """
    if function is None:
        return lambda function: compiled(function, **options)
    options = {"fastmath": FAST, "error_model": "numpy", "nogil": True} | options
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba found no folder for its cache
        return numba.njit(**options)(function)
