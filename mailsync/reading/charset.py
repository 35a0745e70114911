"""Bytes to text where the label is missing or lies: Russian mail still travels as koi8-r, windows-1251 and cp866.

The choice between single-octet encodings is made by how common the resulting letters and pairs of letters are in
Russian; a label that fits the text as well as any other wins.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache

SAMPLE = 3_000  # octets above 127 that are looked at
RIVALS = ("windows-1251", "koi8-r", "cp866", "iso-8859-5", "mac-cyrillic", "windows-1252")

# Frequency ranks of letters in running Russian text, most common first.
_RANKED = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ"
_WEIGHT = {letter: 3.0 - 0.15 * rank for rank, letter in enumerate(_RANKED)} | {"ё": 0.2}
_SIGNS = "№«»–—“”„…\xa0°±§×•’"
_PAIRS_IN_A_ROW = (
    "стнотонаеновниравокоропопррегоалнетатьосотеркалиетваолныоматанелитесорделаиллолериияиеаякисквеодамти"
    "теогзаизиндадодисообсмуюяхымихыйойейтрчтштзддрасавмамомуудугусутпапепиплбобыбевывсчечижджежашешищещи"
    "счслспэлэтючющьньтйсфрфахохацицеазакапарбабрбуврвтгагргудуедезекемехешзнивижикимисичклкркскукт"
)
_PAIRS = frozenset(map("".join, zip(_PAIRS_IN_A_ROW[::2], _PAIRS_IN_A_ROW[1::2], strict=True)))
_ALIASES = {
    "win1251": "windows-1251",
    "win-1251": "windows-1251",
    "cp-1251": "windows-1251",
    "windows1251": "windows-1251",
    "x-cp1251": "windows-1251",
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "koi": "koi8-r",
    "koi8-ru": "koi8-u",
    "dos": "cp866",
    "x-mac-cyrillic": "mac-cyrillic",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf_8_sig": "utf-8",
    "ansi": "windows-1251",
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "us-ascii": "ascii",
}
_NOT_TEXT = frozenset({"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "undefined"})
_MOJIBAKE = re.compile(
    r"[РС][°±²³´µ¶·¸¹º»¼½¾¿Ѐ-Џѐ-џ€‚ѓ„…†‡€‰Љ‹ЊЌЋЏ\xa0-\xbf‘’“”•–—™љ›]|[ÐÑ][\x80-¿Œœ€‚ƒ„…†‡ˆ‰Š‹‘’“”•–—˜™š›žŸ]"
)


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """The codec's name for a charset label, cleaned of the usual dirt; None where it does not exist or is no text."""
    name = label.strip().strip("\"'").partition("*")[0].casefold()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if found.name in _NOT_TEXT or found.name.endswith("_codec") else found.name


def _letter(char: str, before: str) -> float:
    """The worth of a Russian letter behind another character; Latin and Cyrillic hardly ever share a word."""
    low = char.casefold()
    if before and before.isascii():
        return -4.0
    worth = _WEIGHT[low] - (0.4 if char.isupper() else 0.0)
    if before.casefold() + low in _PAIRS:
        worth += 2.0
    return worth - 4.0 if before.islower() and char.isupper() else worth


def _other(char: str, before: str) -> float:
    """The worth of a character that is no Russian letter: accents belong among Latin letters, boxes nowhere."""
    if char in _SIGNS:
        return 0.8
    if char.isalpha():
        return 1.5 if before.isascii() and before else 0.0 if not before else -2.0
    return -5.0 if unicodedata.category(char) in {"Cc", "Cn", "Co", "So", "Sm"} else -2.0


def _likelihood(text: str) -> float:
    """How much a text looks like Russian, per letter outside ASCII; Latin letters and odd signs count against it."""
    score, counted, before = 0.0, 0, ""
    for char in text:
        if char.isascii():
            if char.isalpha() and before.casefold() in _WEIGHT:
                score -= 2.0
            before = char if char.isalpha() else ""
            continue
        counted += 1
        score += _letter(char, before) if char.casefold() in _WEIGHT else _other(char, before)
        before = char if char.isalpha() else ""
    return score / counted if counted else 0.0


def _sample(data: bytes) -> bytes:
    """The words of `data` that hold octets above 127, up to SAMPLE of them."""
    words, size = [], 0
    for word in data[: 40 * SAMPLE].split():
        if not word.isascii():
            words.append(word)
            size += len(word)
            if size > SAMPLE:
                break
    return b" ".join(words)


def _utf8(data: bytes) -> str | None:
    """The text if it is UTF-8, one that was cut or has a few wrong octets included."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(not char.isascii() for char in text) - wrong
    return text if right > 4 and right > 10 * wrong else None


def guess(data: bytes, declared: str | None) -> str:
    """The encoding in which octets above 127 make the best Russian; the declared one where it does as well."""
    sample = _sample(data)
    trust = 0.5 + 8.0 / (1 + sum(octet > 127 for octet in sample))  # little text proves little against a label
    best_name, best = declared or "windows-1251", float("-inf")
    for name in dict.fromkeys([*([declared] if declared else []), *RIVALS]):
        try:
            likelihood = _likelihood(sample.decode(name, "replace"))
        except (LookupError, ValueError):
            continue
        likelihood += trust if name == declared else 0.2 if name == "windows-1251" else 0.0
        if likelihood > best:
            best_name, best = name, likelihood
    return best_name


def decode(data: bytes, label: str | None = None) -> tuple[str, str | None]:
    """The text of `data` and, where the label was not followed, a line that says what was done instead."""
    declared = codec_of(label) if label else None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in data[:400]:
        return _clean(data.decode("utf-16", "replace")), None
    if data.isascii():
        if declared and (b"\x1b" in data or declared in {"utf-7", "hz"} or declared.startswith("utf-16")):
            return _clean(_lenient(data, declared)), None
        return _clean(data.decode("ascii")), None
    if declared and declared.startswith(("utf-16", "utf-32")):
        if b"\0" in data[:400] or len(data) < 40:  # a lone word has no blank
            return _clean(_lenient(data, declared)), None
        declared = None  # blanks and figures hold a zero octet there: this text was written in something else
    text = _utf8(data.removeprefix(codecs.BOM_UTF8))
    if text is not None:
        certain = label is None and "\ufffd" not in text  # UTF-8 all through happens to no other encoding
        return _clean(_unmangled(text)), None if certain else _remark(label, declared, "utf-8")
    if declared in {"utf-8", "ascii", None} or declared in {codecs.lookup(name).name for name in RIVALS}:
        chosen = guess(data, None if declared in {"utf-8", "ascii"} else declared)
        return _clean(_lenient(data, chosen)), _remark(label, declared, chosen)
    return _clean(_lenient(data, declared)), None


def decode_raw(data: bytes, hint: str | None) -> str:
    """Unlabelled octets of a header; `hint` is what all such octets of the letter were judged to be."""
    if data.isascii():
        return _clean(data.decode("ascii"))
    text = _utf8(data)
    return _clean(_unmangled(text) if text is not None else _lenient(data, hint or guess(data, None)))


def _lenient(data: bytes, name: str) -> str:
    try:
        return data.decode(name, "replace")
    except (ValueError, LookupError):
        return data.decode("latin-1")


def _remark(label: str | None, declared: str | None, used: str) -> str | None:
    if declared is not None and codecs.lookup(used).name == declared:
        return None
    return f"кодировка «{label or 'не указана'}» прочитана как {used}"


def _unmangled(text: str) -> str:
    """Text that some program took for windows-1251 or Latin-1 and wrote out as UTF-8 again, set right."""
    sample = text[:SAMPLE]
    letters = sum(not char.isascii() for char in sample)
    if letters < 6 or 2 * len(_MOJIBAKE.findall(sample)) < 0.8 * letters:
        return text
    for name in ("windows-1251", "windows-1252", "latin-1"):
        try:
            return text.encode(name).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _clean(text: str) -> str:
    r"""NFC, "\n" line ends, no NUL, no lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    return text
