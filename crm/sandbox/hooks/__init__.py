"""Webhooks: what is said (`bodies`), when it is said again (`retries`), and the saying (`deliveries`)."""
