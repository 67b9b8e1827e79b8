"""The chapter of ``21_machine_learning``."""
