"""The chapters of the course, one folder a notebook: ``11_ct`` is in ``ct``.

    exercises.md   what the exercises ask and say (`medkit.course.texts`)
    exercises.py   their checks: ``RAMP_FILTER`` is that of ``11_ct.ramp_filter``
    quiz.md        the questions of the quiz (`medkit.course.quizzes`)
    explorers.py   pure draw functions under the `explorer` decorator; more of them lie beside it

Nothing has to be registered. A check is an *answer kind* that knows the truth (`Number`,
`Choice`, `Selection`, `Matching`, `Array`, `Function`); of a function, the truth is also the
solution that a learner sees.

Its heart are the slips: wrong answers that people really give, each with a sentence in the text
that says what went wrong and not what is right. For a function they are functions that
make the mistake. Tests run every slip, solution and starter through the check.
The truth is computed here, in NumPy, never taken from the code that the notebook shows.
"""
