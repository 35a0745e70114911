"""What our own server says about the author's domain: Authentication-Results (RFC 8601) of its own authserv-id only.

Anybody can write such a field; only those above the first Received of a foreign server are ours (RFC 8601, 5), and
of these only the ones that carry our server's name.
"""

from __future__ import annotations

import re

from mailsync.reading.model import Authentication, AuthenticationResult
from mailsync.reading.structure import Node

_COMMENT = re.compile(r"\([^()]{0,500}\)")
_METHOD = re.compile(r"\b(dmarc|dkim|spf)\s{0,3}=\s{0,3}([a-z]{2,12})\b", re.IGNORECASE)
_DETAIL = 300


def read(root: Node, authserv_id: str | None, author_domain: str | None) -> Authentication:
    """The verdict: DMARC's where it was taken, else DKIM or SPF that passed for the author's own domain."""
    if not authserv_id:
        return Authentication()
    results = [text for text in _trusted(root) if _authserv_id(text) == authserv_id.casefold()]
    for text in results:
        dmarc = _result_of(text, "dmarc")
        if dmarc in {"pass", "fail"}:
            return Authentication(AuthenticationResult(dmarc), _segment(text, "dmarc"))
    for text in results:
        for method, domain in _passed(text):
            if author_domain and _aligned(domain, author_domain):
                return Authentication(AuthenticationResult.PASS, f"{method}=pass {domain}")
    return Authentication(detail="; ".join(results)[:_DETAIL])


def _trusted(root: Node) -> list[str]:
    """The fields above the second Received: our server wrote the first one, and its results above or right below it."""
    found: list[str] = []
    received = 0
    for name, value in root.fields:
        if name == "received":
            received += 1
            if received > 1:
                break
        elif name == "authentication-results":
            found.append(" ".join(value[:8_000].decode("utf-8", "replace").split()))
    return found


def _authserv_id(text: str) -> str:
    return _COMMENT.sub(" ", text.partition(";")[0]).strip().partition(" ")[0].casefold()


def _segments(text: str) -> list[str]:
    return [" ".join(segment.split()) for segment in _COMMENT.sub(" ", text).split(";")[1:]]


def _result_of(text: str, method: str) -> str | None:
    for segment in _segments(text):
        found = _METHOD.match(segment)
        if found and found[1].casefold() == method:
            return found[2].casefold()
    return None


def _segment(text: str, method: str) -> str:
    return next((segment for segment in _segments(text) if segment.casefold().startswith(method)), "")[:_DETAIL]


def _passed(text: str) -> list[tuple[str, str]]:
    """Methods that passed, with the domain that they passed for."""
    passed: list[tuple[str, str]] = []
    for segment in _segments(text):
        found = _METHOD.match(segment)
        if found is None or found[2].casefold() != "pass":
            continue
        domain = re.search(
            r"(?:header\.[di]|smtp\.mailfrom|smtp\.from|smtp\.helo)\s{0,3}=\s{0,3}\"?(\S{1,250})", segment
        )
        if domain and found[1].casefold() != "dmarc":
            passed.append((found[1].casefold(), domain[1].strip('"').rpartition("@")[2].casefold().rstrip(".")))
    return passed


def _aligned(domain: str, author_domain: str) -> bool:
    """Relaxed alignment without a list of public suffixes: equal, or one within the other."""
    shorter = min(domain, author_domain, key=len)
    return domain == author_domain or (
        "." in shorter and (domain.endswith("." + author_domain) or author_domain.endswith("." + domain))
    )
