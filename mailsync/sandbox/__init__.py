"""Embedded neighbours for `mailsync demo` and `mailsync sandbox`: servers in this process, all in memory."""
