"""PHP's bracketed keys in a query string: `filter[statuses][0][status_id]=1` as nested dictionaries, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_KEY = re.compile(r"[^\[\]]+|\[\]")


def unbracket(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nested dictionaries of strings; `[]` counts up from "0", so that it reads as `[0]`, `[1]` do."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        *path, last = _KEY.findall(key) or [""]
        branch = tree
        for part in path:
            child = branch.setdefault(_index(branch, part), {})
            if not isinstance(child, dict):
                break
            branch = child
        else:
            branch[_index(branch, last)] = value
    return tree


def bracket(tree: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flat pairs of strings from nested dictionaries and lists; None becomes an empty string."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from bracket(value, f"{prefix}[{key}]" if prefix else str(key))
    elif isinstance(tree, list):
        for n, value in enumerate(tree):
            yield from bracket(value, f"{prefix}[{n}]")
    elif isinstance(tree, bool):
        yield prefix, "1" if tree else "0"
    else:
        yield prefix, "" if tree is None else str(tree)


def values(tree: Any) -> list[str]:
    """A condition's values, whether it came as one, as `[]` or as `[0]`."""
    if isinstance(tree, dict):
        return [value for value in tree.values() if isinstance(value, str)]
    return [] if tree is None else [str(tree)]


def _index(branch: dict[str, Any], part: str) -> str:
    return str(len(branch)) if part == "[]" else part
