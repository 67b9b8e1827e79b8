"""Measured once, then stored in ``datasets``.

Studies that take minutes, and trained networks that are replayed without Keras.
"""
