"""The directions of the design, checked over every import of every module."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

# Pure: values in, values out. They import each other and these outer modules, and nothing that acts.
CORE = (
    "mailsync.reading",
    "mailsync.deciding",
    "mailsync.passport.equipment",
    "mailsync.passport.init_data",
    "mailsync.passport.planning",
    "mailsync.passport.registering",
    "mailsync.passport.sync",
    "mailsync.retry",
    "mailsync.errors",
)
IMPURE = {
    "asyncio",
    "socket",
    "sqlite3",
    "subprocess",
    "time",
    "os",
    "pathlib",
    "random",
    "ssl",
    "threading",
    "logging",
}
# Adapters know the ports and their own library, never one another.
ADAPTERS = (
    "mailsync.imap",
    "mailsync.smtp",
    "mailsync.amocrm",
    "mailsync.journal",
    "mailsync.dnscheck",
    "mailsync.isolation",
)
# Who may build adapters.
ROOTS = ("mailsync.app", "mailsync.cli", "mailsync.demo")
# Each third-party library lives in one module or folder.
HOMES = {
    "aioimaplib": ("mailsync.imap",),
    "aiosmtplib": ("mailsync.smtp",),
    "apscheduler": ("mailsync.scheduler",),
    "aiosmtpd": ("mailsync.sandbox",),
    "pymap": ("mailsync.sandbox",),
    "dnslib": ("mailsync.sandbox",),
    "dns": ("mailsync.dnscheck",),
    "mailparser": ("mailsync.reading",),
    "phonenumbers": ("mailsync.reading.order",),
    "stdnum": ("mailsync.reading.order",),
    "pymorphy3": ("mailsync.reading",),
    "python_calamine": ("mailsync.reading.order.documents",),
    "pypdfium2": ("mailsync.reading.order.documents",),
    "tnefparse": ("mailsync.reading",),
    "sqlite3": ("mailsync.journal",),
    "prometheus_client": ("mailsync.web",),
}
# Exceptions, each with its reason.
ALLOWED = {
    ("mailsync.journal", "crm"): "the journal keeps what the client's ports (index, tokens) want kept",
    ("mailsync.amocrm", "crm"): "the adapter over the client",
    ("mailsync.demo", "crm"): "the demo runs the sandbox",
}


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("mailsync", "crm"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


IMPORTS = {name: imports(path) for name, path in modules()}


def below(name: str, tops: tuple[str, ...]) -> bool:
    return any(name == top or name.startswith(top + ".") for top in tops)


def test_crm_never_imports_mailsync() -> None:
    guilty = {
        name
        for name, found in IMPORTS.items()
        if below(name, ("crm",)) and any(below(one, ("mailsync",)) for one in found)
    }
    assert guilty == set()


def test_the_core_imports_nothing_that_acts() -> None:
    guilty: defaultdict[str, set[str]] = defaultdict(set)
    for name, found in IMPORTS.items():
        if below(name, CORE) and not name.endswith("__main__"):
            guilty[name] |= {one for one in found if one.partition(".")[0] in IMPURE}
            guilty[name] |= {one for one in found if below(one, ("mailsync", "crm")) and not below(one, CORE)}
    assert {name: found for name, found in guilty.items() if found} == {}


def test_adapters_do_not_know_one_another() -> None:
    guilty = set()
    for name, found in IMPORTS.items():
        home = next((adapter for adapter in ADAPTERS if below(name, (adapter,))), None)
        if home:
            others = tuple(adapter for adapter in ADAPTERS if adapter != home)
            guilty |= {(name, one) for one in found if below(one, others)}
    assert guilty == set()


def test_only_the_roots_build_adapters() -> None:
    adapters = ("mailsync.imap", "mailsync.smtp", "mailsync.amocrm")
    guilty = {
        (name, one)
        for name, found in IMPORTS.items()
        for one in found
        if below(one, adapters) and not below(name, (*adapters, *ROOTS))
    }
    assert guilty == set()


def test_mailsync_touches_the_client_only_where_it_is_told() -> None:
    homes = tuple(home for home, _ in ALLOWED)
    guilty = {
        (name, one)
        for name, found in IMPORTS.items()
        for one in found
        if below(name, ("mailsync",))
        and below(one, ("crm",))
        and not below(name, (*homes, "mailsync.app", "mailsync.cli", "mailsync.web", "mailsync.hooks"))
    }
    assert guilty == set()


@pytest.mark.parametrize("library", sorted(HOMES))
def test_each_library_has_one_home(library: str) -> None:
    users = {name for name, found in IMPORTS.items() if any(below(one, (library,)) for one in found)}
    assert {name for name in users if not below(name, HOMES[library])} == set()


def test_httpx_stands_in_one_module_of_the_client() -> None:
    users = {
        name
        for name, found in IMPORTS.items()
        if "httpx" in found and below(name, ("crm",)) and not below(name, ("crm.sandbox",))
    }
    assert users <= {"crm.transport", "crm.client"}


def test_every_import_is_known() -> None:
    """A library that is used is one that pyproject.toml names."""
    named = (ROOT / "pyproject.toml").read_text(encoding="utf-8").casefold().replace("_", "-")
    other_names = {
        "dns": "dnspython",
        "mailparser": "mail-parser",
        "stdnum": "python-stdnum",
        "starlette": "fastapi",
        "proxyprotocol": "proxy-protocol",
    }
    tops = {one.partition(".")[0] for found in IMPORTS.values() for one in found}
    foreign = tops - set(sys.stdlib_module_names) - {"mailsync", "crm", "__future__"}
    unnamed = {top for top in foreign if f'"{other_names.get(top, top).replace("_", "-")}' not in named}
    assert unnamed == set()
