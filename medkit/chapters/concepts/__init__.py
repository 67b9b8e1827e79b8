"""The chapter of ``01_concepts``."""
