"""In-memory twins of the neighbours, held to the same contract suites as the real adapters."""
