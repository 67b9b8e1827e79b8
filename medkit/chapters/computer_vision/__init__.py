"""What only ``20_computer_vision`` needs."""
