"""DomainKeys Identified Mail, RFC 6376 with RFC 8301 and RFC 8463: key records read, letters verified, both judged."""

from mailsync.dnscheck.dkim.key import KeyRecord, KeySyntaxError, parse_key
from mailsync.dnscheck.dkim.result import DkimResult, Reason, SignatureResult, overall
from mailsync.dnscheck.dkim.verify import verify

__all__ = ["DkimResult", "KeyRecord", "KeySyntaxError", "Reason", "SignatureResult", "overall", "parse_key", "verify"]
