"""What reports say: labels, negation, and a reader that goes word by word."""
