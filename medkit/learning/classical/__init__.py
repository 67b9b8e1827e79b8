"""Features that people thought of, and what learns from them."""
