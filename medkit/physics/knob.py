"""A setting that can be turned says once what it is called: in the field of its protocol."""

from dataclasses import field


def knob(default, label: str, unit: str, low: float, high: float, *, log: bool = False):
    """Return a field of a protocol that knows its label, unit and usual range.

    Sliders (`medkit.views.explorer.Slider.of`) and tasks (`medkit.data.tasks.Knob.of`) read
    them from the field's metadata. The range is where it is worth turning, not what is allowed.

    Parameters
    ----------
    default : object
        Default of the setting.
    label, unit : str
        In words, for a slider or an axis; "" for a number without unit.
    low, high : float
        Ends of a slider; both ints for whole numbers.
    log : bool
        Whether a slider goes in even steps of the logarithm.

    Examples
    --------
    >>> from dataclasses import dataclass, fields
    >>> @dataclass(frozen=True)
    ... class Lamp:
    ...     power_w: float = knob(60.0, "Power", "W", 5.0, 100.0)
    >>> Lamp().power_w, fields(Lamp)[0].metadata["label"]
    (60.0, 'Power')
    """
    metadata = {"label": label, "unit": unit, "range": (low, high), "log": log}
    return field(default=default, metadata=metadata)


def check_positive(protocol, names: str) -> None:
    """Raise ValueError for the first of these settings that is not above 0."""
    for name in names.split():
        if not getattr(protocol, name) > 0:
            raise ValueError(f"{name} is {getattr(protocol, name)}; give a number above 0")
