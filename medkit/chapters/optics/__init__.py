"""What ``14_optics.ipynb`` needs, and no other notebook does."""
