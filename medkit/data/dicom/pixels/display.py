"""How a header wants its values shown: window and function."""

from medkit.data.dicom.facts import black_plus_white
from medkit.data.dicom.frame import Frame
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
    if window and curve not in CURVES:
        notes = [f"The window is meant for a function {curve}, which is shown as a line."]
        curve = "LINEAR_EXACT"
    if window is None:
        return None, "LINEAR_EXACT", notes
    centre, width = window
    if curve == "LINEAR" and (width < 1 or factor != 1):
        # Made for whole numbers: for others, the same line in plain words.
        if width >= 1:  # a width of 1 is a step, here a steep line
            centre, width = centre - 0.5, max(width - 1, 1e-3)
        curve = "LINEAR_EXACT"
    if dark:
        # On both sides of the rescale: slope × (total − stored) + intercept.
        total = frame.slope * black_plus_white(frame.facts) + 2 * frame.intercept
        # LINEAR's line lies half a step below the centre, and turns round with the values.
        centre = total - centre + (1 if curve == "LINEAR" else 0)
    return (centre * factor, width * factor), curve, notes
