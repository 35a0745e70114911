"""Real servers as private instances on loopback, for tests and benchmarks."""
