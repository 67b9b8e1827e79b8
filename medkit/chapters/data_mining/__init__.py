"""The chapter of ``24_data_mining``."""
