"""Data sets: cards that describe them, where they come from, how each is read.

`catalogue` is the front door: ``catalogue.load("breastmnist")``.
"""
