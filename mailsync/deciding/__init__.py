"""Deciding: a reading and the known facts in, a plan out. Pure: no clock, network, database or disk."""
