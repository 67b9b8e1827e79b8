"""What ``36_pairs.ipynb`` needs, and no other notebook does."""
