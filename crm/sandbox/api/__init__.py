"""The addresses of `/api/v4`, one module a subject: what is checked, what is written, what is shown."""
