"""What ``34_gan.ipynb`` needs, and no other notebook does."""
