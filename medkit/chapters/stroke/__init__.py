"""The chapter of ``41_stroke``."""
