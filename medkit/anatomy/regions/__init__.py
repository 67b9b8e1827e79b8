"""One module a region of the body: whose patients `medkit.anatomy` makes."""
