"""What ``00_start_here.ipynb`` needs, and no other notebook does."""
