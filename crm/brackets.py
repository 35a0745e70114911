"""Form bodies with PHP's bracketed keys: `a[b][0][c]=d` to nested mappings (pure, linear, bounded)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

MOST_BYTES = 1_048_576
MOST_PAIRS = 20_000
MOST_DEPTH = 12
LONGEST_KEY = 1_024

Tree = dict[str, "Tree | str"]


class FormError(ValueError):
    """The body passes a limit: it is refused as a whole."""


def parse(body: bytes) -> Tree:
    """The tree of a body; FormError where it passes a limit of size, count or depth.

    A key that is not well bracketed stands for itself; of two values at one place the later counts.
    """
    if len(body) > MOST_BYTES:
        raise FormError(f"the body has more than {MOST_BYTES} bytes")
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_PAIRS
        )
    except ValueError as error:
        raise FormError(f"the body has more than {MOST_PAIRS} values") from error
    tree: Tree = {}
    for key, value in pairs:
        _put(tree, _path(key), value)
    return tree


def items(node: Tree | str | None) -> list[Tree | str]:
    """The elements of what stands where a list is due: a numbered mapping in its order, or one thing alone."""
    if node is None or node in ("", {}):
        return []
    if isinstance(node, Mapping) and all(_is_number(key) for key in node):
        return [node[key] for key in sorted(node, key=int)]
    return [node]


def mappings(node: Tree | str | None) -> list[Tree]:
    """Those elements that are mappings."""
    return [item for item in items(node) if isinstance(item, dict)]


def _path(key: str) -> list[str]:
    if len(key) > LONGEST_KEY:
        raise FormError(f"a key has more than {LONGEST_KEY} characters")
    root, bracket, rest = key.partition("[")
    if not bracket or not root or not rest.endswith("]"):
        return [key]
    parts = rest[:-1].split("][")
    if any("[" in part or "]" in part for part in parts):
        return [key]
    if len(parts) >= MOST_DEPTH:
        raise FormError(f"a key has more than {MOST_DEPTH} levels")
    return [root, *parts]


def _put(tree: Tree, path: list[str], value: str) -> None:
    node = tree
    for part in path[:-1]:
        child = node.get(name := part or str(len(node)))
        if not isinstance(child, dict):
            child = node[name] = {}
        node = child
    node[path[-1] or str(len(node))] = value


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) < 19
