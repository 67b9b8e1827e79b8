"""Optical imaging: light has a phase, and the phase has a story, from cells to the retina.

    cell ─▶ hologram ─▶ wave ─▶ wrapped phase ─▶ phase ─▶ index, dry mass
    eye ─▶ spectra ─▶ A-scans side by side: layers of the retina (OCT)
    eye ─▶ photograph ─▶ vessels (fundus)
    skin ─▶ photograph ─▶ asymmetry, border, colours, diameter (dermoscopy)

The steps are modules: `holography`, `unwrapping`, `quantitative_phase`, `oct_scanner` and
`oct`, `fundus`, `dermoscopy` and `abcd`. Where there is a scanner, `acquire` goes the first
arrow and `reconstruct` the second.
"""
