"""What the course asks, one module a notebook: ``11_ct`` is in ``ct.py``."""
