"""The chapter of ``90_workbench``."""
