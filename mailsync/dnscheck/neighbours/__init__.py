"""The standards beside SPF, DKIM and DMARC on which a domain's mail depends, one module each."""
