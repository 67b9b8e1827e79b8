"""The chapter of ``50_challenges``."""
