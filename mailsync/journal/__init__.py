"""The journal: everything that came in, what is to be done about it, what was done, and when."""
