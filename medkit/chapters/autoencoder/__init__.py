"""What ``33_autoencoder.ipynb`` needs, and no other notebook does."""
