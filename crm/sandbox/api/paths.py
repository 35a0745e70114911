"""What may stand in an address where a kind of entity is meant: `{kind:entity}` and `{kind:person}`.

Importing this module makes them known; other words there are unknown routes, hence 404.
"""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class _Word(Convertor[str]):
    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _Entity(_Word):
    regex = "leads|contacts|companies"


class _Person(_Word):
    regex = "contacts|companies"


register_url_convertor("entity", _Entity())
register_url_convertor("person", _Person())
