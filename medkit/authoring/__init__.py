"""What authors need: store a notebook, compare it with what it stored, benchmark."""
