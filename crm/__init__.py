"""An asynchronous AmoCRM client and, beside it, a sandbox that behaves as AmoCRM does. Knows nothing of mail."""
