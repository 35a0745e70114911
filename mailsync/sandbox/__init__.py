"""Embedded neighbours for `mailsync demo` and `mailsync sandbox`: servers in this process that forget all at its end."""
