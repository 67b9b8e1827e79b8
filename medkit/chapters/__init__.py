"""The chapters of the course, one folder a notebook: ``11_ct`` is in ``ct``.

    exercises.py   a `Chapter` named ``CHAPTER``; the engine in `medkit.course` finds it
    quiz.md        its questions
    explorers.py   pure draw functions under the `explorer` decorator; more of them lie beside it

Nothing has to be registered. An exercise is data: a question, an *answer kind* that knows
the truth (`Number`, `Choice`, `Selection`, `Matching`, `Array`, `Function`), hints, a starter
and a solution.

Its heart are the slips: wrong answers that people really give, each with a sentence
that says what went wrong and not what is right. For a function they are functions that
make the mistake. Tests run every slip, solution and starter through the check.
The truth is computed here, in NumPy, never taken from the code that the notebook shows.
"""
