"""The resources of the API, one module each: paths, batches and what comes back."""
