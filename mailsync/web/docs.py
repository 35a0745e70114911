"""`/docs`: the OpenAPI document as one plain page, without anything foreign and without a network (pure)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h2 { margin-top: 2.5rem; } h3 { margin: 2rem 0 0; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; }
pre { padding: .75rem; overflow-x: auto; border: 1px solid #8886; border-radius: .5rem; }
table { border-collapse: collapse; } td { padding: .15rem 1rem .15rem 0; vertical-align: top; }
""".strip()
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; img-src data:; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="icon" href="data:,"><style>{style}</style></head>
<body><main><h1>{title} {version}</h1><p>{about}</p>
<p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI {openapi}).</p>{parts}</main></body></html>
"""


def page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document: every operation with its parameters, body and answers."""
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(method, path, operation, document))
    parts = "".join(f"<h2>{escape(name)}</h2>{''.join(shown)}" for name, shown in groups.items())
    about = document["info"]
    return PAGE.format(
        title=escape(about["title"]),
        version=escape(about["version"]),
        about=escape(about["description"]),
        openapi=escape(document["openapi"]),
        style=STYLE,
        parts=parts,
    )


def _operation(method: str, path: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    words = [f"<strong>{escape(operation['summary'])}.</strong>", _words(operation.get("description", ""))]
    parameters = [_parameter(one) for one in operation.get("parameters", ())]
    schemes = dict.fromkeys(name for one in operation.get("security", ()) for name in one)
    parameters += [_proof(document["components"]["securitySchemes"][name]) for name in schemes]
    answers = [
        (f"<code>{escape(status)}</code>", escape(one["description"]) + _shape(one, document))
        for status, one in operation["responses"].items()
    ]
    body = operation.get("requestBody")
    return (
        f"<section><h3><code>{method.upper()} {escape(path)}</code></h3><p>{' '.join(words)}</p>{_table(parameters)}"
        f"{_body(body) if body else ''}<h4>Answers</h4>{_table(answers)}</section>"
    )


def _words(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _parameter(one: Mapping[str, Any]) -> tuple[str, str]:
    needed = "needed" if one.get("required") else "optional"
    return f"<code>{escape(one['name'])}</code>", f"{escape(one['in'])}, {needed}"


def _proof(scheme: Mapping[str, Any]) -> tuple[str, str]:
    return "<code>authorization</code>", f"header: {_words(scheme['description'])}"


def _body(body: Mapping[str, Any]) -> str:
    kind, content = next(iter(body["content"].items()))
    shown = "".join(_code(example) for example in content["schema"].get("examples", ()))
    schema = f"<details><summary>Schema</summary>{_code(content['schema'])}</details>"
    return f"<h4>Body: {escape(kind)}</h4>{escape(body.get('description', ''))}{shown}{schema}"


def _shape(answer: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """The names of an answer's fields."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    schema = schema.get("items", schema)
    schema = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    fields = ", ".join(schema.get("properties", ()))
    return f": <code>{escape(fields)}</code>" if fields else ""


def _table(rows: list[tuple[str, str]]) -> str:
    """Cells are HTML already."""
    return f"<table>{''.join(f'<tr><td>{left}</td><td>{right}</td></tr>' for left, right in rows)}</table>"


def _code(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, ensure_ascii=False, indent=2))}</pre>"
