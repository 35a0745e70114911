"""The mailbox over IMAP: aioimaplib behind an adapter that bounds, checks and translates everything."""

from mailsync.imap.mailbox import ImapMailbox
from mailsync.imap.settings import ImapSettings

__all__ = ["ImapMailbox", "ImapSettings"]
