"""`scripts/fuzz [CASES]`: coverage-guided fuzzing of the whole reader by libFuzzer, seeded with our letters.

An input that breaks what holds for any bytes ends the run and is kept as a file; make a test of it. What libFuzzer
finds interesting is kept in .cache/fuzz, where the next run goes on.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mailsync.reading"]):
    from tests.reading.holds import check_reading
    from tests.reading.letters_by_hand import CONTEXT

CASES = 100_000
OCTETS = 2_048  # of an input; larger letters are the bombs' business
SECONDS = 10  # for one input
CORPUS = Path(__file__).parents[2] / ".cache" / "fuzz"
LETTERS = Path(__file__).parent / "letters"


def one_input(data: bytes) -> None:
    check_reading(data, CONTEXT)


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for letter in LETTERS.glob("*/*.eml"):
        if letter.stat().st_size <= OCTETS:
            shutil.copyfile(letter, CORPUS / f"{letter.parent.name}-{letter.name}")
    cases = sys.argv[1] if len(sys.argv) > 1 else str(CASES)
    limits = [f"-runs={cases}", f"-max_len={OCTETS}", f"-timeout={SECONDS}", f"-artifact_prefix={CORPUS}-"]
    atheris.Setup([sys.argv[0], *limits, str(CORPUS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
