"""The chapter of ``42_tumour``."""
