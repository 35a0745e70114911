"""The name of the person who writes: as signed, else as the From display name gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsync.reading.order.contact.company import company_spans
from mailsync.reading.order.lemmas import forms, name_grammemes
from mailsync.reading.order.wording import squeeze

_TOKEN = re.compile(
    r"(?<![\w@.«\"„“-])(?:(?P<initials>(?:[А-ЯЁ]\.[ ]?){1,2}(?![\w])|[А-ЯЁ]\.[ ]?[А-ЯЁ](?![\w.])"
    r"|(?<=[а-яё]\s)[А-ЯЁ]{2}(?![\w.«\"]))|(?P<word>[А-ЯЁ][а-яё]{1,24}(?:-[А-ЯЁ][а-яё]{1,24})?"
    r"|[А-ЯЁ]{3,25}(?:-[А-ЯЁ]{3,25})?)(?![\w@«\"-]))"
)
_LATIN_NAME = re.compile(
    r"^\s{0,4}([A-Z][a-z]{1,19}(?:[ ][A-Z]\.)?[ ][A-Z][a-z]{1,24}(?:[ ][A-Z][a-z]{1,24})?)\s{0,4}[,.]?$"
)
_PLACE_BEFORE = re.compile(
    r"(?:(?<!\w)(?:г|ул|пр|пр-т|просп|пер|пос|с|д|наб|бул|ш|им|ст|обл|р-н|мкр|имени|улица|город|проспект"
    r"|площадь|пл)[.\s]{1,2}|№\s?)$",
    re.IGNORECASE,
)
_SURNAME_ENDING = re.compile(
    r"(?:ов|ев|ёв|ин|ын|ова|ева|ёва|ина|ына|ский|ская|цкий|цкая|ой|ко|ук|юк|ян|янц|дзе|швили|ых|их|иа|ец|ик|як"
    r"|ай|ей|ий|ман|берг|штейн|ер|ль|ун|ан|ич|нко|ло|ба|да|ка|ча|ня|ло|ба)$"
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
_NOT_NAMES = frozenset(
    "адрес завод отдел цех россия москва дирекция главный старший ведущий генеральный директор инженер "
    "механик технолог снабженец менеджер начальник "
    "специалист мастер руководитель заместитель коммерческий технический исполнительный добрый здравствуйте "
    "уважаемые уважаемый уважаемая станок "
    "патрон телефон почта факс сайт ремонт склад прошу просим нужен нужна нужны спасибо уважением заявка "
    "заказ январь февраль март апрель май июнь июль август "
    "сентябрь октябрь ноябрь декабрь контакты подпись отправлено письмо металл сервис группа урал сибирь "
    "волга дон кама ока нева".split()
)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int
    initials: bool

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"initials"}) if self.initials else _kinds(self.text)


@dataclass(frozen=True, slots=True)
class Person:
    """A name found on a line; `strength` 3: all three names, 2: two of them or initials, 1: a given name alone."""

    name: str
    strength: int
    start: int


def people_in(line: str) -> list[Person]:
    """The persons named on one line in the nominative, the surest first."""
    taken = company_spans(line)
    tokens = [
        _Token(m[0].strip(), m.start(), m.end(), m["initials"] is not None)
        for m in _TOKEN.finditer(line[:300])
        if not any(start <= m.start() < end for start, end in taken)
        and not _PLACE_BEFORE.search(line[max(0, m.start() - 10) : m.start()])
    ]
    found = [person for group in _groups(tokens, line) if (person := _person(group)) is not None]
    return sorted(found, key=lambda person: (-person.strength, person.start))


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
        if role and (_may_be_surname(role["name"], alone=True) or "Name" in _kinds(role["name"])):
            return role["name"]
    for line in lines[:3]:
        if (single := _single_name(line, display)) and single.lower() not in addressed:
            return single
    return None


def _unknown_name(line: str) -> str | None:
    """Two or three capitalised words that no dictionary knows: «Бауыржан Сериков»."""
    words = line.split()
    if not 2 <= len(words) <= 3 or any(
        not _CAPITALISED.fullmatch(word) or word.lower() in _NOT_NAMES for word in words
    ):
        return None
    names = [bool(_kinds(word)) for word in words]
    strange = [not any(form.known for form in forms(word)) for word in words]
    endings = [_SURNAME_ENDING.search(word.lower()) is not None for word in words]
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
    kinds = _kinds(word.capitalize())
    if word.lower() in _NOT_NAMES or (not kinds and not (word[0].isupper() and _may_be_surname(word, alone=True))):
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
        if role and _may_be_surname(role["name"], alone=True):
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
    if "Name" not in _kinds(word.capitalize()) or (word[0].islower() and not match["number"]):
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
    if " " not in name and name[:1].isupper() and _kinds(name) & {"Surn", "Patr"}:
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


def _groups(tokens: list[_Token], line: str) -> Iterator[list[_Token]]:
    group: list[_Token] = []
    for token in tokens:
        if group and line[group[-1].end : token.start].strip(" "):
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def _person(group: list[_Token]) -> Person | None:
    """The best run of up to three neighbours that makes a name."""
    best: Person | None = None
    for size in (3, 2, 1):
        for first in range(len(group) - size + 1):
            run = group[first : first + size]
            strength = _strength(run)
            dotted = any(token.initials and "." in token.text for token in run)
            if strength and (best is None or strength > best.strength or (dotted and strength == best.strength)):
                name = squeeze(" ".join(_written(token.text) for token in run))
                best = Person(
                    re.sub(r"(?<=\.) (?=[А-ЯЁ]\.)", "", name) if "." in name else name, strength, run[0].start
                )
        if best is not None:
            break
    return best


def _strength(run: list[_Token]) -> int:
    kinds = [token.kinds for token in run]
    words = [token.text.lower() for token in run if not token.initials]
    if any(word in _NOT_NAMES for word in words):
        return 0
    initials = [index for index, kind in enumerate(kinds) if "initials" in kind]
    if initials:
        if len(run) == 3 and initials == [1] and "Name" in kinds[0] and _may_be_surname(run[2].text, alone=False):
            return 3
        if len(run) == 2 and len(initials) == 1:
            word = run[1 - initials[0]]
            return 2 if _may_be_surname(word.text, alone=True) or "Name" in word.kinds else 0
        return 0
    if len(run) == 3:
        patronymics = [index for index, kind in enumerate(kinds) if "Patr" in kind]
        if not patronymics:
            return 0
        at = patronymics[-1]
        if at == 0 or ("Name" not in kinds[at - 1] and not _foreign_name(run[at - 1].text)):
            return 0
        rest = next(index for index in range(3) if index not in {at, at - 1})
        return 3 if _may_be_surname(run[rest].text, alone=False) else 0
    if len(run) == 2:
        if "Patr" in kinds[1] and "Name" in kinds[0]:
            return 2
        for name, other in ((0, 1), (1, 0)):
            if (
                "Name" in kinds[name]
                and "Patr" not in kinds[other]
                and _may_be_surname(run[other].text, alone="Name" in kinds[other])
            ):
                return 2
        return 0
    return 1 if "Name" in kinds[0] else 0


def _kinds(word: str) -> frozenset[str]:
    written = _written(word)
    found = set(name_grammemes(written))
    readings = forms(written)
    if "Name" in found and not any("Name" in r.grammemes and ("nomn" in r.grammemes) for r in readings):
        found.discard("Name")
    if re.search(r"(?:ович|евич|ьич|овна|евна|ична|инична|оглы|кызы)$", written.lower()) and len(written) > 5:
        found.add("Patr")
    return frozenset(found)


def _may_be_surname(word: str, *, alone: bool) -> bool:
    """A dictionary surname, or a word that ends like one (`alone`: nothing else says that it is a name)."""
    lower = word.lower()
    if lower in _NOT_NAMES:
        return False
    readings = forms(_written(word))
    if "Surn" in name_grammemes(_written(word)):
        return True
    ordinary = any(r.known and not r.grammemes & {"Surn", "Name", "Patr", "Geox"} for r in readings)
    if not alone:
        return not (ordinary and any(r.known and r.part in {"VERB", "ADVB", "PREP", "CONJ", "INFN"} for r in readings))
    return not ordinary and _SURNAME_ENDING.search(lower) is not None


def _foreign_name(word: str) -> bool:
    return not any(form.known for form in forms(_written(word)))


def _written(word: str) -> str:
    return (
        "-".join(part.capitalize() for part in word.split("-"))
        if len(word) > 2 and word.isupper() and "." not in word
        else word
    )


def _looks_foreign(line: str) -> bool:
    """Directors and addressees on a requisites line are not the person who writes."""
    return re.search(r"(?i)на\s{1,9}основании|в\s{1,9}лице|расч[её]тный|банк|действующ", line) is not None
