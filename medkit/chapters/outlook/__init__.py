"""The chapter of ``52_outlook``."""
