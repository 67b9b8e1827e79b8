"""What a check saw of an answer, as plain data that survives JSON.

An answer is first *observed* (here, where the learner's code runs) and then *judged*
from the observation alone. The grader repeats only the judging, in its own process:
a notebook can hand in observations but never a score.
"""

import math
import re
from collections.abc import Mapping, Set
from numbers import Number

import numpy as np

#: Larger arrays are not looked at: no exercise asks for one, and records stay small.
MAX_ELEMENTS = 100_000


def encode(value: object) -> dict:
    """Describe a value as JSON-able data.

    Parameters
    ----------
    value : object
        Number, string, set, (nested) list or array of these; or a placeholder.

    Returns
    -------
    dict
        ``{"nothing": True}`` for None and ``...``, ``{"text": …}``, ``{"set": […]}``,
        ``{"map": {…}}``, ``{"array": …}`` (with ``"imag"`` where complex), or
        ``{"odd": type}``.

    Examples
    --------
    >>> encode(3), encode(...), encode("b")
    ({'array': 3}, {'nothing': True}, {'text': 'b'})
    """
    if _is_placeholder(value):
        return {"nothing": True}
    if isinstance(value, str):
        return {"text": value[:2000]}
    if isinstance(value, Mapping):
        return {"map": {str(k)[:200]: str(v)[:200] for k, v in list(value.items())[:1000]}}
    if isinstance(value, Set):
        return {"set": sorted(str(item)[:200] for item in list(value)[:1000])}
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, str) for v in value):
        return {"set": [item[:200] for item in value[:1000]]}
    return _encode_array(value)


def _is_placeholder(value):
    """Whether a value is what the notebooks put where the answer goes."""
    if isinstance(value, str):
        return value.strip() in ("", "...")
    if isinstance(value, Mapping):
        return all(_is_placeholder(item) for item in value.values())
    if isinstance(value, (list, tuple, Set)):
        return all(_is_placeholder(item) for item in value)
    return value is None or value is Ellipsis


def _encode_array(value):
    try:
        # Fractions, decimals and huge integers would make an array of objects.
        if isinstance(value, Number) and not isinstance(value, (int, complex, np.generic)):
            value = float(value)
        array = np.asarray(value)
    except Exception:  # whatever a learner's own class raises when it is asked for numbers
        return {"odd": type(value).__name__}
    if array.dtype.kind not in "biufc":
        return {"odd": "list of lists of unequal length" if array.ndim else type(value).__name__}
    if array.size > MAX_ELEMENTS:
        return {"odd": f"array of {array.size} values"}
    if array.dtype.kind == "c":
        return {"array": array.real.tolist(), "imag": array.imag.tolist()}
    return {"array": array.tolist()}


def decode(observation: dict) -> np.ndarray | None:
    """Return the array of an observation, or None where it holds none."""
    if "array" not in observation:
        return None
    array = np.asarray(observation["array"], dtype=None)
    if array.dtype.kind not in "biuf":
        return None
    if "imag" in observation:
        array = array + 1j * np.asarray(observation["imag"], dtype=float)
    return array


def quote(value: object, limit: int = 60) -> str:
    """Show a value of the learner's as code, shortened and unable to act as markup.

    >>> quote(np.float64(2.5))
    '`2.5`'
    """
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, float) and math.isfinite(value):
        text = f"{value:.6g}"
    elif isinstance(value, list) and all(isinstance(v, (int, float)) for v in value):
        text = "[" + ", ".join(f"{v:.4g}" for v in value) + "]"
    else:
        text = value if isinstance(value, str) else repr(value)
    text = re.sub(r" at 0x[0-9A-Fa-f]+", "", " ".join(text.split())).replace("`", "'")
    return f"`{text if len(text) <= limit else text[: limit - 1] + '…'}`"
