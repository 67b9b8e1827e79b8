"""The chapter of ``43_bone``."""
