"""A domain in which nothing is wrong, as a map; tests break it in one place."""

from mailsync.dnscheck.lookup import PlainAnswer, Soa
from mailsync.dnscheck.memory import Zones
from tests.dnscheck.dkim_signer import PUBLIC_KEY

SOA = Soa("ns1.shop.test", "host.shop.test", 7, 1440, 3600, 2592000, 600)
SHOP: dict[str, dict[str, PlainAnswer]] = {
    "shop.test": {
        "SOA": [SOA],
        "NS": ["ns1.shop.test", "ns2.shop.test"],
        "MX": [(10, "mx.shop.test")],
        "TXT": ["v=spf1 ip4:192.0.2.25 -all"],
    },
    "ns1.shop.test": {"A": ["192.0.2.1"]},
    "ns2.shop.test": {"A": ["192.0.2.2"]},
    "mx.shop.test": {"A": ["192.0.2.25"]},
    "25.2.0.192.in-addr.arpa": {"PTR": ["mx.shop.test"]},
    "main._domainkey.shop.test": {"TXT": [f"v=DKIM1; k=rsa; p={PUBLIC_KEY}"]},
    "_dmarc.shop.test": {"TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@shop.test"]},
}
SERVERS: dict[str, Zones] = {"192.0.2.1": SHOP, "192.0.2.2": SHOP}
