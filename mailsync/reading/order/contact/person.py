"""The name of the person who writes: as signed, else as the From display name gives it."""

from __future__ import annotations

import re

from mailsync.reading.order.contact.people import (
    NOT_NAMES,
    SURNAME_ENDING,
    kinds_of_name,
    may_be_surname,
    people_in,
)
from mailsync.reading.order.lemmas import forms
from mailsync.reading.order.wording import squeeze

_LATIN_NAME = re.compile(
    r"^\s{0,4}([A-Z][a-z]{1,19}(?:[ ][A-Z]\.)?[ ][A-Z][a-z]{1,24}(?:[ ][A-Z][a-z]{1,24})?)\s{0,4}[,.]?$"
)
_LABEL = re.compile(
    r"^[\s•>–-]{0,5}(?:контактн\w{2,4}\s{1,9}(?:лицо|данные|персона)|контакт|ф\.?\s?и\.?\s?о\.?(?:\s{1,9}(?:заказчика"
    r"|контактного\s{1,9}лица|заявителя|полностью))?|(?:ваше\s{1,9})?имя(?:\s{1,9}\w{3,12})?|исполнитель|исп|покупатель"
    r"|клиент|заявитель|представитель|"
    r"обращаться(?:\s{1,9}к)?|ответственн\w{2,4}(?:\s{1,9}(?:лицо|исполнитель))?|заказчик|отправитель|менеджер"
    r"|снабженец|заявку\s{1,9}(?:составил|подал)\w?|составил\w?)(?:\s{0,3}[:–-]\s{0,3}|(?<=исп)\.\s{0,3})",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(
    r"(?:меня\s{1,9}зовут|пишет\s{1,9}вам|беспокоит|с\s{1,9}уважением|с\s{1,9}ув\.?|спасибо|благодарю|это)[,:!.\s–-]{1,4}",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"[А-ЯЁӘҒҚҢӨҰҮҺІ][а-яёәғқңөұүһі]{1,20}(?:-[А-ЯЁ][а-яё]{1,20})?")
_ROLE_AND_SURNAME = re.compile(
    r"^(?i:(?:гл\w*|зам\w*|вед\w*|ст\w*|нач\w*)?\.?\s?(?:инженер|механик|технолог|мастер|менеджер|снабженец"
    r"|директор|энергетик|начальник\s\w{3,12}|специалист|диспетчер|бухгалтер|наладчик|токарь|слесарь|секретарь"
    r"|руководитель)(?:-\w{3,12})?(?:\s[а-яё]{2,14}|\s[А-ЯЁ]{2,5}){0,2})\s(?P<name>[А-ЯЁ][а-яё]{2,20})(?=$|,"
    r"|\s{0,9}[+\d(]|\.)"
)
_ALONE = re.compile(r"^(?P<word>[А-ЯЁа-яё]{3,20}|[A-Z][a-z]{2,14})(?:$|\s{0,9},|[\s,.]{1,4}(?=[+\d(]|т\.|тел))")
_AT_END = re.compile(
    r"(?:(?P<number>\d[\d\s()-]{5,18}),?\s{1,3}"
    r"|[,.!?]\s{1,3})(?P<word>[А-ЯЁа-яё]{3,15})(?:,\s[А-ЯЁ][а-яё-]{2,20})?\s{0,3}[.!]?$"
)
_THANKS_BEFORE = re.compile(r"(?:спасибо|благодар\w{1,4}|здравствуйте|день|утро|вечер)[\s,!]{1,3}$", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"(?:^|\n)\s{0,4}(?:(?P<name>[А-ЯЁ][а-яё]{2,14})(?:\s[А-ЯЁ][а-яё]{4,16})?\s?,|(?i:здравствуйте"
    r"|добрый\s\w{3,5}|доброе\s\w{4}|приветствую\w?|привет"
    r"|уважаем\w{2})\s?,?\s(?P<name2>[А-ЯЁ][а-яё]{2,14})(?![а-яё]))"
)
_PROSE = re.compile(
    r"(?<!\b[Гг]л)(?<!\b[Сс]т)(?<!\b[Зз]ам)(?<!\b[Зз]ав)(?<!\b[Нн]ач)(?<!\b[Вв]ед)(?<!\b[Гг]ен)(?<!\.[оО])[.!?]\s{1,9}[А-ЯЁ][а-яё]+\s{1,9}[а-яё]|обращайтесь|обращаться|связаться|звоните|контактн\w{2}\s{1,9}лиц",
    re.IGNORECASE,
)
_NAME_AND_ROLE = re.compile(
    r"^(?P<name>[А-ЯЁІЎ][а-яёіў]{2,20}(?:\s[А-ЯЁІЎ][а-яёіў]{2,20}){1,2}),\s(?:(?:зам|ген|гл)\w{0,10}\.?\s)?(?:директор"
    r"|инженер|менеджер|снабж|механик|технолог|энергетик|мастер|начальник|специалист|бухгалтер|отдел|закуп|логист)"
)
_ONLY_PHONE = re.compile(r"(?:(?:тел|т|моб|сот)[.:]{0,2}\s?)?\+?\d[\d\s()-]{5,22}", re.IGNORECASE)
_SIGN_OFF = re.compile(
    r"(?:с\s{1,9}уваж\w{0,6}|с\s{1,9}ув\.?|с\s{1,9}почтением|с\s{1,9}наилучшими|всего\s{1,9}(?:доброго|хорошего)|до\s{1,9}свидания"
    r"|спасибо|благодар\w{1,5}|заранее\s{1,9}\w{3,12}|best\s{1,9}regards|kind\s{1,9}regards|regards|жд[уе]м?\s{1,9}ответ\w?"
    r"|удачи|--)",
    re.IGNORECASE,
)


def addressed_names(body: str) -> frozenset[str]:
    """Names in the greeting («Анна, добрый день!») and in thanks to us: those of our managers, in lower case."""
    found = [m["name"] or m["name2"] for m in _ADDRESSED.finditer(body[:400])]
    return frozenset(name.lower() for name in found if name)


def signer(signature: str, addressed: frozenset[str] = frozenset(), display: str = "") -> str | None:
    """Who signs: the first sure name of the signature, else a single given name or surname on its first lines."""
    lines = [line for line in signature.split("\n") if line.strip()][:25]
    people = [person for line in lines if not _looks_foreign(line) for person in people_in(line)[:1]]
    for person in people:
        if person.strength >= 2:
            return person.name
    for line in lines[:4]:
        if unknown := _unknown_name(_SIGN_OFF.sub("", line).strip(" ,.!–-")):
            return unknown
    for line in lines[:4]:
        if (posted := _NAME_AND_ROLE.match(line.strip())) and posted["name"].split()[0].lower() not in addressed:
            return posted["name"]
    for line in lines[:6]:
        if latin := _LATIN_NAME.match(_SIGN_OFF.sub("", line).lstrip(" ,.")):
            return squeeze(latin[1])
    for line in lines[:6]:
        role = _ROLE_AND_SURNAME.match(_SIGN_OFF.sub("", line).strip(" ,.!–-"))
        if role and (may_be_surname(role["name"], alone=True) or "Name" in kinds_of_name(role["name"])):
            return role["name"]
    for line in lines[:3]:
        if (single := _single_name(line, display)) and single.lower() not in addressed:
            return single
    return None


def _unknown_name(line: str) -> str | None:
    """Two or three capitalised words that no dictionary knows: «Бауыржан Сериков»."""
    words = line.split()
    if not 2 <= len(words) <= 3 or any(not _CAPITALISED.fullmatch(word) or word.lower() in NOT_NAMES for word in words):
        return None
    names = [bool(kinds_of_name(word)) for word in words]
    strange = [not any(form.known for form in forms(word)) for word in words]
    endings = [SURNAME_ENDING.search(word.lower()) is not None for word in words]
    fits = all(
        name or odd or (ending and any(strange)) for name, odd, ending in zip(names, strange, endings, strict=True)
    )
    return line if fits else None


def _single_name(line: str, display: str) -> str | None:
    """A given name, patronymic or surname that stands alone on a line, or before a comma or a telephone number."""
    bare = _SIGN_OFF.sub("", line).strip(" ,.!–-")
    match = _ALONE.match(bare)
    if match is None:
        return None
    word = match["word"]
    if word in display.split():
        return word
    kinds = kinds_of_name(word.capitalize())
    if word.lower() in NOT_NAMES or (not kinds and not (word[0].isupper() and may_be_surname(word, alone=True))):
        latin = re.fullmatch(r"[A-Z][a-z]{2,14}", word)
        return word if latin and re.search(r"\d", bare) else None
    if word[0].islower() and ("Name" not in kinds or not re.search(r"\d{2}", line)) and bare != word:
        return None
    return word


def labelled_person(text: str) -> str | None:
    """The name behind «Контактное лицо:», «ФИО:», «Исп.» and the like."""
    for line in text.split("\n"):
        if (label := _LABEL.match(line)) and (people := people_in(line[label.end() :])):
            return people[0].name
    return None


def closing_person(body: str, addressed: frozenset[str] = frozenset(), display: str = "") -> str | None:
    """A name in the last lines of the letter's text, where the signature was not told apart."""
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    for index in range(max(0, len(lines) - 6), len(lines)):
        line = lines[index]
        if index == 0 and len(lines) > 1:
            continue
        if index == len(lines) - 1:
            line = re.split(r"[.!?]\s{1,9}(?=[А-ЯЁ][а-яё]{2})", line)[-1]
        after_sign_off = index > 0 and _SIGN_OFF.match(lines[index - 1]) is not None
        if index and (before_role := _NAME_AND_ROLE.match(line)):
            return before_role["name"]
        role = _ROLE_AND_SURNAME.match(line.strip(" ,.!–-")) if index and len(line) < 60 else None
        if role and may_be_surname(role["name"], alone=True):
            return role["name"]
        people = people_in(_SIGN_OFF.sub("", line)) if len(line) < 90 else []
        sure = [p for p in people if p.strength >= 2 and len(line) - len(p.name) < 60 and not _PROSE.search(line)]
        if sure:
            return sure[0].name
        if (
            index
            and (after_sign_off or index == len(lines) - 1 or _ONLY_PHONE.fullmatch(lines[index + 1]))
            and (single := _single_name(line, display))
            and single.lower() not in addressed
        ):
            return single
    return _trailing_name(lines[-1], addressed) if lines else None


def _trailing_name(line: str, addressed: frozenset[str]) -> str | None:
    """A given name at the very end, behind a comma, a full stop or a telephone number: «89125550142 виталий»."""
    match = _AT_END.search(line[-120:])
    if match is None or match["word"].lower() in addressed or _THANKS_BEFORE.search(line[-120:][: match.start("word")]):
        return None
    word = match["word"]
    if "Name" not in kinds_of_name(word.capitalize()) or (word[0].islower() and not match["number"]):
        return None
    return word


def introduced_person(body: str) -> str | None:
    """Who introduces himself: «меня зовут Пётр Иванов», «беспокоит Анна из ООО ...»."""
    for match in _INTRODUCTION.finditer(body[:5_000]):
        window = body[match.end() : match.end() + 80].split("\n", maxsplit=1)[0]
        people = [person for person in people_in(window) if person.start <= 1]
        if people:
            return people[0].name
    return None


def display_person(name: str | None) -> str | None:
    """The From display name where it is a person's, without what stands around it ("Иванов П.С. (ООО Ромашка)")."""
    if not name:
        return None
    name = squeeze(name.strip(" '\""))
    people = people_in(name)
    if people and (people[0].strength >= 2 or people[0].name == name):
        return people[0].name
    if unknown := _unknown_name(name):
        return unknown
    if " " not in name and name[:1].isupper() and kinds_of_name(name) & {"Surn", "Patr"}:
        return name
    latin = _LATIN_NAME.match(name)
    return (
        squeeze(latin[1])
        if latin
        and not re.search(r"(?i)sales|info|office|group|team|dept|company|ltd|trade|support|zavod|service", name)
        else None
    )


def entrepreneur(company: str | None) -> str | None:
    """The person behind «ИП Иванов Пётр Сергеевич»."""
    if not company or not re.match(r"(?i)ип\b|и\.\s?п\.|индивид|глава", company):
        return None
    people = people_in(
        re.sub(r"(?i)^(?:ип|и\.\s?п\.|индивидуальный\s{1,9}предприниматель|глава\s{1,9}кфх)[\s«\"]{1,3}", "", company)
    )
    return people[0].name if people and people[0].strength >= 2 else None


def _looks_foreign(line: str) -> bool:
    """Directors and addressees on a requisites line are not the person who writes."""
    return re.search(r"(?i)на\s{1,9}основании|в\s{1,9}лице|расч[её]тный|банк|действующ", line) is not None
