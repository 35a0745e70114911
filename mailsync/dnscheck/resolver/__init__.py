"""The DNS over the network; dnspython is imported here and nowhere else."""

from mailsync.dnscheck.resolver.client import DnsResolver, Nameserver, nameservers

__all__ = ["DnsResolver", "Nameserver", "nameservers"]
