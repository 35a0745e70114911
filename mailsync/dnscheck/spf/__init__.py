"""Sender Policy Framework, RFC 7208: records read and written, `check_host`, and what is wrong with a domain's record.

`parse` and `macro` are pure; `check_host` evaluates over any resolver.
"""

from mailsync.dnscheck.spf.check import check_host
from mailsync.dnscheck.spf.parse import SpfSyntaxError, is_spf, parse
from mailsync.dnscheck.spf.result import Limits, Result, SpfResult, Step
from mailsync.dnscheck.spf.terms import Record

__all__ = ["Limits", "Record", "Result", "SpfResult", "SpfSyntaxError", "Step", "check_host", "is_spf", "parse"]
