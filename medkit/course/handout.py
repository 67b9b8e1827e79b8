"""What a learner holds of an exercise: everything but the truth."""

from medkit.course.chapters import find_exercise


class Handout:
    """An exercise as the notebook shows it: ``check``, ``hint`` and ``solution``.

    One object shows the question and takes the answer, so that its id stands once in a notebook:
    ``slide_task = exercise("31_cnn.slide")``, then ``slide_task`` and, further down,
    ``slide_task.check(slide)``. It knows only its id: it may be kept, copied and stored, and goes
    on where the learner was, whichever object was asked before.

    The truth and the stored solution are no attributes of it: what is one tab key away
    gets looked at. They are not secret (the course is open), only out of the way.

    Parameters
    ----------
    id : str
        Such as ``"11_ct.ramp_filter"``.

    Raises
    ------
    KeyError
        If there is no such exercise; the message lists those there are.
    """

    __slots__ = ("id",)

    def __init__(self, id: str):
        self.id = find_exercise(id).id

    def check(self, answer: object = None) -> None:
        """Show the verdict on an answer; progress and grades keep the best one."""
        find_exercise(self.id).check(answer)

    def hint(self) -> None:
        """Show the next hint; after the last one, the last one again."""
        find_exercise(self.id).hint()

    def solution(self) -> None:
        """Show one solution and why it is right; a grader sees that it was shown."""
        find_exercise(self.id).solution()

    def __repr__(self) -> str:
        return repr(find_exercise(self.id))

    def _repr_markdown_(self) -> str:
        return find_exercise(self.id)._repr_markdown_()
