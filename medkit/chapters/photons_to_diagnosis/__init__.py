"""What ``35_photons_to_diagnosis.ipynb`` needs, and no other notebook does."""
