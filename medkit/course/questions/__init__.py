"""The quizzes, one module a notebook, as with ``medkit.course.content``."""
