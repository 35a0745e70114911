"""The report for its readers: a table for people, JSON Lines for programs, one line for monitoring."""
