"""Algorithms written out in NumPy, to be read: every gradient is there."""
