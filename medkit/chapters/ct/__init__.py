"""What ``11_ct.ipynb`` needs, and no other notebook does."""
