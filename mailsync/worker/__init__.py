"""The worker: fetches, reads, decides, and carries effects out, each step journaled before the next."""
