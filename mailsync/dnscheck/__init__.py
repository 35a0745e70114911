"""The DNS checker: what a domain's mail records say, whether they work, and what to enter where if they do not.

One package or module a standard; all of them see the DNS through `lookup.Resolver` and answer with `finding.Finding`.
"""
