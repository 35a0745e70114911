"""mailsync: letters to a mailbox become AmoCRM leads, customers get confirmations."""

__version__ = "0.1.0"
