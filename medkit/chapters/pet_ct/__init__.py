"""What ``15_pet_ct.ipynb`` needs, and no other notebook does."""
