"""What ``23_language.ipynb`` needs, and no other notebook does."""
