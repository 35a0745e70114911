"""`scripts/score`: every set of letters read and scored by the order contract, written down in docs/reading.md.

The scorer and the sample letters stand in the folder `shared` beside the project.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.paths import ROOT, SAMPLES, SHARED

LETTERS = Path(__file__).parent / "letters"
REPORT = ROOT / "docs" / "reading.md"
SHOWN = 120  # characters of a value that was missed
HEAD = """# How well letters are read

Written by `scripts/score`. Each set is read by `mailsync explain --json` and compared with what a careful sales manager
would write down, by the order contract's scorer: F1 of each field, their mean (macro), the share of right kinds. What
each set is and who has seen it: `tests/reading/letters/README.md`.

## First seen

A set tells how unseen letters are read only before anybody has mended a rule by it. These figures were taken then:

| set | letters | kind | macro F1 | items F1 | |
| --- | ---: | ---: | ---: | ---: | --- |
"""
FIELDS = (
    "contact.name", "contact.company", "contact.inn", "contact.phones", "contact.emails", "contact.telegram",
    "equipment.model", "equipment.serial_number", "items", "items.part_number", "items.quantity", "items.unit",
)  # fmt: skip


def scored(folder: Path) -> dict[str, Any]:
    """The scorer's answer about one set."""
    scorer = SHARED / "tools" / "score_orders.py"
    reader = [sys.executable, "-m", "mailsync", "explain", "--json"]
    command = [sys.executable, str(scorer), str(folder), "--json", "--misses", "1000", "--", *reader]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def first_seen() -> str:
    with (LETTERS / "first_seen.toml").open("rb") as file:
        sets = tomllib.load(file)
    return "\n".join(
        f"| {name} | {one['letters']} | {one['kind']:.3f} | {one['macro_f1']:.3f} | {one['items_f1']:.3f} "
        f"| {one['note']} |"
        for name, one in sets.items()
    )


def table(results: dict[str, dict[str, Any]]) -> str:
    """A row for each measure, a column for each set."""
    lines = ["| | " + " | ".join(results) + " |", "| --- |" + " ---: |" * len(results)]

    def row(name: str, values: list[str]) -> None:
        lines.append(f"| {name} | " + " | ".join(values) + " |")

    row("letters", [str(one["files"]) for one in results.values()])
    row("**kind**", [f"**{one['kind_accuracy']:.3f}**" for one in results.values()])
    row("**macro F1**", [f"**{one['macro_f1']:.3f}**" for one in results.values()])
    for field in FIELDS:
        row(field, [f"{one['fields'][field]['f1']:.3f}" for one in results.values()])
    row("new_text, mean likeness", [f"{one['new_text_similarity']:.3f}" for one in results.values()])
    row("attachments", [f"{one['attachments_exact']:.3f}" for one in results.values()])
    return "\n".join(lines)


def misses(results: dict[str, dict[str, Any]]) -> str:
    return "\n\n".join(
        f"### {name}\n\n" + ("\n".join(_miss(miss) for miss in one["misses"]) or "None.")
        for name, one in results.items()
    )


def _miss(miss: dict[str, Any]) -> str:
    name = miss["file"].removesuffix(".eml")
    return f"- {name}, {miss['field']}: {_value(miss['got'])} instead of {_value(miss['expected'])}"


def _value(value: Any) -> str:
    """A value on one line, the reader's own remarks left out."""
    if isinstance(value, dict):
        value = {
            key: value[key]
            for key in ("name", "part_number", "quantity", "unit", "model", "serial_number")
            if key in value
        }
    text = " ".join(json.dumps(value, ensure_ascii=False).split())
    return "`" + (text if len(text) <= SHOWN else text[:SHOWN] + "…").replace("`", "'") + "`"


def main() -> int:
    folders = {"samples": SAMPLES, **{path.name: path for path in sorted(LETTERS.iterdir()) if path.is_dir()}}
    results = {}
    for name, folder in folders.items():
        results[name] = scored(folder)
        print(
            f"{name}: kind {results[name]['kind_accuracy']:.3f}, macro F1 {results[name]['macro_f1']:.3f}", flush=True
        )
    REPORT.write_text(
        f"{HEAD}{first_seen()}\n\n## Today\n\n{table(results)}\n\n## Misses\n\n{misses(results)}\n", encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
