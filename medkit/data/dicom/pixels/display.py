"""How a header wants its values shown: window, function, look-up table."""

import numpy as np

from medkit.data.dicom.facts import black_plus_white
from medkit.data.dicom.frame import Frame
from medkit.data.dicom.image_file import quiet
from medkit.image import CURVES


def display(frame: Frame, factor: float, dark: bool):
    """Return a picture's window in the volume's unit, its function, and notes.

    Parameters
    ----------
    frame : Frame
        The picture that speaks for its volume.
    factor : float
        From rescaled values to the volume's unit.
    dark : bool
        Whether the values were turned round.

    Returns
    -------
    window : tuple of float or None
        Centre and width.
    curve : str
        One of `medkit.image.CURVES`.
    notes : list of str

    References
    ----------
    DICOM PS3.3, C.11.2.
    """
    window, curve, notes = frame.window, frame.curve, []
    if window is None:
        window, notes = _of_table(frame)
        curve = "LINEAR_EXACT"
    elif curve not in CURVES:
        notes = [f"The window is meant for a function {curve}, which is shown as a line."]
        curve = "LINEAR_EXACT"
    if window is None:
        return None, "LINEAR_EXACT", notes
    centre, width = window
    if curve == "LINEAR" and (width < 1 or factor != 1 or frame.window_scale):
        # Made for whole numbers: for others, the same line in plain words.
        if width >= 1:  # a width of 1 is a step, here a steep line
            centre, width = centre - 0.5, max(width - 1, 1e-3)
        curve = "LINEAR_EXACT"
    if frame.window_scale:  # real-world values: another line through the same stored values
        slope, intercept = frame.window_scale
        centre = (centre - intercept) / slope * frame.slope + frame.intercept
        width *= abs(frame.slope / slope)
    if dark:
        # On both sides of the rescale: slope × (total − stored) + intercept.
        total = frame.slope * black_plus_white(frame.facts) + 2 * frame.intercept
        # LINEAR's line lies half a step below the centre, and turns round with the values.
        centre = total - centre + (1 if curve == "LINEAR" else 0)
    return (centre * factor, width * factor), curve, notes


def _of_table(frame: Frame) -> tuple[tuple[float, float] | None, list[str]]:
    """Return the window over which a VOI look-up table rises or falls, and a note."""
    dataset = frame.image.dataset
    if "VOILUTSequence" not in dataset:
        return None, []
    try:
        with quiet():
            item = dataset.VOILUTSequence[0]
            count, first, _ = map(int, item.LUTDescriptor)
            data, count = item.LUTData, count or 2**16  # 0 stands for 2¹⁶
            if isinstance(data, bytes):
                data = np.frombuffer(data, f"<u{len(data) // count}", count)
            table = np.asarray(data, float)
            # Negative first values are written as if they had no sign.
            if first >= 2**15 and frame.facts.get("PixelRepresentation") == 1:
                first -= 2**16
        rising = np.flatnonzero(np.diff(table))
        low, high = first + rising[0], first + rising[-1] + 1
    except Exception:  # damage in a nested data set can raise anything
        return None, ["The file's VOI look-up table is unreadable and not used."]
    note = (
        "The file's display curve (VOI look-up table) is not applied: its range, "
        f"{low:g} to {high:g}, is taken as a window."
    )
    return ((low + high) / 2, float(high - low)), [note]
