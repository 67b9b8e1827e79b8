"""What ``13_ultrasound.ipynb`` needs, and no other notebook does."""
