"""What ``31_cnn.ipynb`` needs, and no other notebook does."""
