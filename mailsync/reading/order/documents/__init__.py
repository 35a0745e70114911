"""Attached documents taken apart into tables and text; each format in its own module, each with ceilings.

The formats are foreign bytes: the caller runs this in a child process with limits on time and memory.
"""
