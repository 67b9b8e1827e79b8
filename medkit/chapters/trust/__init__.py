"""The chapter of ``51_trust``."""
