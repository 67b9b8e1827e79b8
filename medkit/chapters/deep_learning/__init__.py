"""The chapter of ``22_deep_learning``."""
