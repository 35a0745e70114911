"""Letters of ours to customers: composed from templates, ready for SMTP."""
