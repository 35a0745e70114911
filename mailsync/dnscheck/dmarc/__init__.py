"""DMARC (RFC 9989): the record, its discovery, the verdict about a letter, and what is wrong with a domain's record."""
