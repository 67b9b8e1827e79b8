"""What ``10_dicom.ipynb`` needs, and no other notebook does."""
