"""Handing letters to the SMTP server: aiosmtplib behind an adapter that knows at each point what has been done."""

from mailsync.smtp.settings import SmtpSettings
from mailsync.smtp.submission import SmtpSubmission

__all__ = ["SmtpSettings", "SmtpSubmission"]
