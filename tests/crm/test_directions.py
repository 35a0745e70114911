"""Who imports whom: the client stands alone, and httpx is one module's business."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "crm"
PURE = (
    *(
        "answers",
        "brackets",
        "cures",
        "entities",
        "errors",
        "fields",
        "filters",
        "from_json",
        "hook_events",
        "index",
        "keys",
    ),
    *("messages", "note_types", "oauth", "settings", "to_json", "tokens", "webhook"),
)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def client_modules() -> list[Path]:
    return [path for path in ROOT.rglob("*.py") if "sandbox" not in path.relative_to(ROOT).parts]


def test_the_client_needs_the_standard_library_and_httpx_in_one_module() -> None:
    foreign = {
        (str(path.relative_to(ROOT)), name)
        for path in client_modules()
        for name in imports(path)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "crm"}
    }
    assert foreign == {("transport.py", "httpx")}


def test_the_client_does_not_know_its_sandbox() -> None:
    assert not [path for path in client_modules() for name in imports(path) if name.startswith("crm.sandbox")]


def test_what_is_pure_neither_waits_nor_reads_a_clock() -> None:
    modules = [path for name in PURE for path in (ROOT / f"{name}.py", *(ROOT / name).rglob("*.py")) if path.exists()]
    impure = {"asyncio", "time", "random", "socket", "os", "crm.transport", "crm.calls", "crm.api"}
    found = {(path.name, name) for path in modules for name in imports(path) if name in impure}
    assert found == {("tokens.py", "asyncio")}  # the lock of the in-memory store
