"""How people learn: exercises, quizzes, progress and grading."""
