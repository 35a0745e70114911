"""Units of quantity in their short form, and the spellings they come in."""

from __future__ import annotations

import re

_SPELLINGS = {
    "шт": r"шт(?:\.?ук[иаеу]?|уч?ек|учк[иау]|-к[аиу])?|ед(?:\.|иниц[аыу]?)?(?!\s?изм)|экз(?:емпляр\w{0,2})?|pcs|pc"
    r"|ea|psc",
    "компл": r"компл(?:ект(?:а|ов|ы|ик\w?)?|\.)?|к-(?:к)?т(?:а|ов)?|кмпл|комп\.?|кмп|к/т|sets?",
    "набор": r"набор(?:а|ов|ы)?",
    "пара": r"пар(?:а|ы|у)?",
    "уп": r"уп(?:ак(?:овк[аиу]?|овок)?|-к[аиу])?|пачк[аиу]|пачек",
    "кг": r"кг|килограмм(?:а|ов)?|kg",
    "г": r"гр(?:амм(?:а|ов)?)?|г(?=[\s.,;)]|$)",
    "т": r"тонн[аыу]?|тн|т(?=[\s.,;)]|$)",
    "л": r"л(?:итр(?:а|ов)?|тр)?",
    "мл": r"мл|миллилитр(?:а|ов)?",
    "м": r"(?:пог\.?\s?|п\.?\s?)м(?:етр(?:а|ов)?)?|м(?:етр(?:а|ов)?|\.\s?п\.?|/п)?",
    "м2": r"(?:кв\.?\s?м|м(?:2|²|\.\s?кв\.?))",
    "м3": r"(?:куб\.?\s?м|м(?:3|³|\.\s?куб\.?))",
    "рул": r"рул(?:он(?:а|ов)?)?",
    "бухта": r"бухт[аыу]?",
    "бочка": r"бочк[аиу]|бочек",
    "канистра": r"канистр[аыу]?",
    "банка": r"банк[аиу]|банок",
    "лист": r"лист(?:а|ов)?",
    "катушка": r"катуш(?:к[аиу]|ек)",
    "коробка": r"короб(?:к[аиу]|ок)|кор",
    "секция": r"секци[яию]",
    "туба": r"туб[аыу]?",
    "ведро": r"вед(?:ро|ра|ер)",
    "мешок": r"меш(?:ок|ка|ков)",
    "моток": r"мот(?:ок|ка|ков)",
}
UNIT = (
    "(?:"
    + "|".join(
        sorted(
            (f"(?P<u_{index}>{spelling})" for index, spelling in enumerate(_SPELLINGS.values())), key=len, reverse=True
        )
    )
    + r")(?![\wа-яё])\.?"
)
COUNTED = frozenset(
    {
        "шт",
        "компл",
        "набор",
        "пара",
        "уп",
        "рул",
        "бухта",
        "бочка",
        "канистра",
        "банка",
        "лист",
        "катушка",
        "коробка",
        "туба",
        "ведро",
        "мешок",
        "моток",
    }
)
_CANONICAL = dict(enumerate(_SPELLINGS))
_ALONE = re.compile(r"\s{0,4}" + UNIT + r"\s{0,4}[.,]?\s{0,4}", re.IGNORECASE)


def unit_of(match: re.Match[str]) -> str | None:
    """The short form of the unit that a match of UNIT found."""
    for index, name in _CANONICAL.items():
        if match[f"u_{index}"]:
            return name
    return None


def read_unit(text: str) -> str | None:
    """The short form of a unit that stands alone in a cell; None for anything else."""
    match = _ALONE.fullmatch(text)
    return unit_of(match) if match else None
