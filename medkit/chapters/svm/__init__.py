"""What ``30_svm.ipynb`` needs, and no other notebook does."""
