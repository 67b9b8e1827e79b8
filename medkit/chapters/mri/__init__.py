"""What ``12_mri.ipynb`` needs, and no other notebook does."""
