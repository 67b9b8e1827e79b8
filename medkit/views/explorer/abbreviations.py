"""The short forms of controls, as `ipywidgets.interact` takes them."""

from collections.abc import Iterable, Mapping

from medkit.views.explorer.controls import Choice, Control, Slider, Text, Toggle

#: What a control can be given as, in words for errors.
FORMS = (
    "(least, most), (least, most, step), a list of choices, True or False, a number, a text, "
    "or Slider(…), Choice(…), …"
)


def control(name: str, value, default=None) -> Control:
    """Return a control for its short form.

    Parameters
    ----------
    name : str
        Of the control, for errors.
    value : object
        ``(10, 400)`` or ``(10, 400, 5)`` is a slider, whole where all numbers are;
        ``["ramp", "hann"]``, ``{"words": value}`` or ``[("words", value)]`` a choice; True or
        False a toggle; a number a slider around it; a text a line to type in.
    default : object, optional
        Where a slider or choice starts: the default of the function's argument. Otherwise in
        the middle, and at the first option.

    Raises
    ------
    TypeError
        If the value is none of these.
    ValueError
        If it is, but cannot be: a slider whose least lies above its most.

    Examples
    --------
    >>> control("mas", (10, 400), 100)
    Slider(minimum=10, maximum=400, default=100, step=1, unit='', label=None, log=False, play_s=0.0)
    >>> control("n", 5).minimum, control("n", 5).maximum
    (-5, 15)
    """
    if isinstance(value, Control):
        return value
    if isinstance(value, bool):
        return Toggle(value)
    if isinstance(value, str):
        return Text(value)
    if _is_number(value):
        ends = (0, 1) if value == 0 else sorted((-value, 3 * value))
        ends = ends if isinstance(value, int) else map(float, ends)
        return Slider(*ends, value)
    if isinstance(value, tuple) and len(value) in (2, 3) and all(map(_is_number, value)):
        least, most, *step = value
        if default is None:
            default = least + (most - least) / 2
            if all(isinstance(number, int) for number in value):
                default = int(least + (most - least) // 2)
        return Slider(least, most, default, *step)
    if isinstance(value, Mapping):
        return Choice(value, default)
    if isinstance(value, Iterable):
        options = list(value)
        if options and all(isinstance(o, tuple) and len(o) == 2 for o in options):
            options = {str(words): option for words, option in options}
        return Choice(options, default)
    raise TypeError(f"{name}={value!r} is no control; write {FORMS}")


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
