"""How each scanner sees: acquire, then reconstruct."""
