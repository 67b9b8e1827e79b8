"""What ``32_rnn.ipynb`` needs, and no other notebook does."""
