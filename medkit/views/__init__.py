"""What people see: figures, the volume viewer and the explorers."""
