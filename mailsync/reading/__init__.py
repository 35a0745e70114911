"""Reading: bytes of a letter in, values out. Pure: no clock, network, database or disk."""
