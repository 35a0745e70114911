"""Where the account is and how hard it may be asked."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Settings:
    """One account and one integration. ValueError where the address cannot be trusted with a token.

    `requests_per_second` is the sustained rate, `ceiling` the most calls in any sliding second (7 unless the
    account has paid for more; fact sheet, 2). Durations are in seconds.
    """

    base_url: str  # "https://demo.amocrm.ru"
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    redirect_uri: str = ""
    long_lived_token: str = field(default="", repr=False)
    requests_per_second: float = 5.0
    ceiling: int = 7
    concurrency: int = 4
    batch_size: int = 50
    call_deadline: float = 90.0  # one call in all: waiting for its turn, sending, repeats of a read
    answer_timeout: float = 25.0  # one try, from connecting to the last byte of the answer
    connect_timeout: float = 5.0
    probe_interval: float = 300.0  # between two probes while 402 or 403 stops everything
    index_refresh: float = 60.0  # how old the index of addresses may be when it is asked
    user_agent: str = "crm-python/0.1"  # who calls, for AmoCRM's support

    def __post_init__(self) -> None:
        check_origin(self.base_url)
        if not 0 < self.requests_per_second <= self.ceiling:
            raise ValueError(f"requests_per_second must be above 0 and at most {self.ceiling}")
        if not 1 <= self.batch_size <= 50:
            raise ValueError("batch_size must be between 1 and 50, the most that leads/complex takes")
        if not 1 <= self.concurrency <= self.ceiling:
            raise ValueError(f"concurrency must be between 1 and {self.ceiling}")


def check_origin(url: str) -> None:
    """ValueError unless `url` is an origin that may see a token: https, or http inside one machine or network."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("base_url must look like https://example.amocrm.ru")
    if parts.username or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("base_url must be an origin only: no user, path or query")
    if parts.scheme == "http" and not is_near(parts.hostname):
        raise ValueError("base_url must begin with https:// (http is for a sandbox on this machine or network)")


def is_near(host: str) -> bool:
    """Whether a host is on this machine or network."""
    if "." not in host and ":" not in host:
        return True  # "localhost", a service name inside a container network
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith((".localhost", ".test", ".internal"))
    return address.is_private or address.is_loopback


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs share scheme, host and port (RFC 6454, 5)."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default
