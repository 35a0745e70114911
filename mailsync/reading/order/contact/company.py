"""The customer's company, as written, legal form included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsync.reading.model import Own
from mailsync.reading.order.contact.ours import is_own_company
from mailsync.reading.order.lemmas import name_grammemes
from mailsync.reading.order.wording import squeeze, to_cyrillic

_FULL_FORMS = (
    r"обществ[оау]м?\s{1,9}с\s{1,9}ограниченной\s{1,9}ответственностью",
    r"(?:(?:публичн|непубличн|закрыт|открыт)\w{2,4}\s{1,9})?акционерн\w{2,4}\s{1,9}обществ\w{1,2}",
    r"индивидуальн\w{2,4}\s{1,9}предпринимател\w{1,3}",
    (
        r"(?:федеральн\w{2,4}\s{1,9})?(?:государственн\w{2,4}|муниципальн\w{2,4}|казенн\w{2,4})\s{1,9}(?:бюджетн\w{2,4}\s{1,9}"
        r"|казенн\w{2,4}\s{1,9}|автономн\w{2,4}\s{1,9})?"
        r"(?:унитарн\w{2,4}\s{1,9}предприяти\w{1,2}|(?:образовательн\w{2,4}\s{1,9})?учреждени\w{1,2})"
    ),
    r"товариществ\w{1,2}\s{1,9}с\s{1,9}ограниченной\s{1,9}ответственностью",
    r"производственн\w{2,4}\s{1,9}кооператив\w{0,2}",
    r"глав[аы]\s{1,9}КФХ",
)
_SHORT_FORMS = (
    "МОУ МАОУ ГОУ ЧОУ НОУ ГАУ "
    "ООО ОАО ЗАО ПАО НАО АО ИП ФГУП ГУП МУП ФГБУ ФГБОУ ФГАОУ ФГКУ ФКУ ФКП ГБОУ ГБПОУ ГАПОУ ОГБПОУ МБУ МБОУ "
    "МКОУ ГУ ФГБУН ФГАУ МКУ ГБУ ГКУ МАУ ТОО КГП РГП ОДО ЧУП ОсОО СООО ЗАСО РУП "
    "ЧТУП ЧПУП ЧП УП ГП АНО НКО СПК КФХ СХПК ПК НПК НПП НПО НПФ НПЦ НТЦ ПКФ ПКП ПТФ ТПК ТД ГК ПО ПСК УК СК КБ ОКБ "
    "ЦКБ СКБ ОКТБ СКТБ АК МП ВНИИ НИИ РМЗ"
).split()
_LEGAL = frozenset(
    "МОУ МАОУ ГОУ ЧОУ НОУ ГАУ "
    "ООО ОАО ЗАО ПАО НАО АО ИП ФГУП ГУП МУП ФГБУ ФГБОУ ФГАОУ ФГКУ ФКУ ФКП ГБОУ ГБПОУ ГАПОУ ОГБПОУ МБУ МБОУ "
    "МКОУ ГУ ФГБУН ФГАУ МКУ ГБУ ГКУ МАУ ТОО КГП РГП ОДО ЧУП ОсОО СООО РУП ЧТУП ЧПУП "
    "ЧП УП АНО СПК КФХ СХПК ПК ГК НПП НПО НПФ ПКФ LLC".split()
)
_FORM = re.compile(
    r"(?<![\w«\"“„-])(?:"
    + "|".join(
        [rf"(?i:{form})" for form in _FULL_FORMS]
        + [r"О\.\s?О\.\s?О\.", r"З?А\.\s?О\.", r"И\.\s?П\."]
        + sorted(_SHORT_FORMS, key=len, reverse=True)
    )
    + r"|LLC|(?:[Гг]рупп[аы]\s{1,9}[Кк]омпаний|[Кк]омпани[яи]|[Фф]ирм[аы]|[Зз]авод|[Фф]абрик[аи]"
    r"|[Тт]орговый\s{1,9}[Дд]ом|[Пп]редприяти[ея]|[Хх]олдинг|[Кк]олхоз|[Кк]омбинат|[Тт]ехнопарк|[Кк]олледж"
    r"|[Тт]ехникум|[Ии]нститут|[Уу]ниверситет|[Лл]ицей|[Дд]епо|[Рр]удник|[Шш]ахта|[Вв]ерфь|[Аа]ртель"
    r"|[Мм]астерская|[Тт]рест|[Оо]бъединение|[Кк]орпорация|[Кк]онцерн|[Бб]юро"
    r"|[Ии]ндустриальный\s{1,9}[Пп]арк)(?=\s{1,9}[«\"“„]))(?![\w-])"
)
_LATIN_FORM = re.compile(r"(?<![\w-])(?:[OО]{3}|[OО][AА][OО]|[AА][OО]|[PП]?[AА][OО]|[TТ][OО]{2})(?=\s{1,3}[«\"А-ЯЁ])")
_TRAILING = re.compile(
    r"(?<![\w-])(?:[A-Z][\w&-]{1,30}[ ,]{1,2}){1,4}(?:LLC|Ltd\.?|LTD|GmbH|Inc\.?|JSC|Corp\.?"
    r"|Co\.,?\s?Ltd\.?)(?![\w])|[«\"][^«»\"\n]{2,60}[»\"],?\s(?:MChJ|QK|ООО|ОАО|ЗАО|ПАО|АО|ТОО)(?![\w«\"]|\s[«\"А-ЯЁ])"
)
_SMALL = re.compile(
    r"(?<![\wа-яё.])(?:ооо|оао|зао|пао|ао|тоо|Ооо)\s{1,2}(?:[«\"][^«»\"\n]{2,60}[»\"]"
    r"|[а-яёА-ЯЁ][\wа-яё-]{2,30}(?:\s(?!инн|кпп|огрн|тел)[а-яё-]{3,20}(?=,?\s(?:инн|кпп)))?)|(?<![\wа-яё.])(?:ип|Ип)\s{1,2}[а-яё]{3,25}(?:\s(?!инн|тел|кпп"
    r"|огрн)[а-яё]{3,20}){0,2}(?:\s[а-яё]\.\s?[а-яё]\.)?"
)
_BARE_COMPANY = re.compile(
    r"^\s{0,4}(?:[а-яё][а-яё .-]{3,40},?\s)?(?P<name>[А-ЯЁ]{2,6}\s[«\"][А-ЯЁA-Z][^«»\"\n]{1,50}[»\"]"
    r"|(?:[а-яё]{4,14}\s)?«[А-ЯЁA-Z][^«»\n]{1,50}»|(?:Компания"
    r"|Фирма|Завод|Торговый\s[Дд]ом|Холдинг|Предприятие|Мастерская"
    r"|Сервисный\s[Цц]ентр)\s[А-ЯЁA-Z][\wа-яё-]{2,30}(?:\s[А-ЯЁ][\wа-яё-]{2,30})?"
    r"|[А-ЯЁ][а-яё]{2,10}[А-ЯЁ][а-яё]{2,14}(?:-[А-ЯЁ\d]{1,4})?)(?=\s{0,4}(?:$|,))"
)
_OPENING = "«\"“„‹'‘"
_CLOSING = {"«": "»", '"': '"', "“": "”", "„": "“", "‹": "›", "'": "'", "‘": "’"}
_WORD = re.compile(r"[\s]{0,3}(?P<word>[A-ZА-ЯЁ0-9][\w&.+-]{0,40}|им\.|имени|и(?=\s[А-ЯЁ])|[«\"“„‹'‘])")
_SURE = frozenset("ООО ОАО ЗАО ПАО НАО АО ТОО".split())
_FIRST_WORD = re.compile(r"[\s]{0,3}(?P<word>[A-Za-zА-ЯЁа-яё0-9][\w&.+-]{2,40}|[А-ЯЁ]{2}(?=\s[«\"“„])|[«\"“„‹'‘])")
_INITIALS = re.compile(r"\s{0,2}[А-ЯЁA-Z]\.(?:\s?[А-ЯЁA-Z]\.)?")
_STOP_WORDS = frozenset(
    "ИНН КПП ОГРН ОГРНИП Тел тел Телефон Т Моб Факс Адрес Юр Почт E-mail Email Mail Отдел Цех Служба Склад "
    "Директор Генеральный Главный Инженер "
    "Менеджер Специалист Начальник Россия РФ Москва Срок Прошу Просим Спасибо Р/с БИК Контактное Реквизиты г "
    "ул Skype WhatsApp".split()
)
_BANK = re.compile(
    r"банк|сбер|(?<!\w)втб|тинькофф|кредит(?!мех)|(?<!\w)рнко|филиал\s{1,9}\w{2,15}\s{1,9}банк", re.IGNORECASE
)
_CARRIER = re.compile(
    r"деловые\s{1,9}линии|(?<!\w)дл(?!\w)|(?<!\w)пэк(?!\w)|сд[эе]к|cdek|байкал|(?<!\w)кит(?!\w)|желдор|возовоз"
    r"|энергия|автотрейдинг|ратэк|(?<!\w)dpd|скиф-карго|магик\s?транс|"
    r"мейджор|мажор\s?экспресс|(?<!\w)gtd(?!\w)|главдоставка|почт\w\s{1,9}россии",
    re.IGNORECASE,
)
_FOREIGN_BEFORE = re.compile(
    r"(?:(?<!начальник )(?<!директор по )(?<!инженер )производ\w{0,8}"
    r"|изготов\w{0,8}|выпущен\w{0,3}|поставщик\w{0,3}|продав\w{1,4}|исполнител\w{1,3}"
    r"|подрядчик\w{0,2}|перевозчик\w{0,2}|экспедитор\w{0,2}|"
    r"транспортн\w{2,4}\s{1,9}компани\w{1,3}|(?<!\w)тк|банк\w{0,2}|директору|руководителю|начальнику|менеджеру"
    r"|в\s{1,9}адрес|купили\s{1,9}у|покупали\s{1,9}у|брали\s{1,9}у|приобретали\s{1,9}у|"
    r"уважаем\w{2,4}|через|дилер\w{0,3}|кому|(?<!\w)(?:с|со|у)(?!\w)|сервис\w{0,4}|конкурент\w{0,3}"
    r"|для\s{1,9}сведения)[\s:–-]{0,4}(?:\d{1,2}[.)]\s{0,2})?$",
    re.IGNORECASE,
)
_CUSTOMER_BEFORE = re.compile(
    r"(?:организаци\w|компания|наименование|предприятие|фирма|заказчик|покупатель|плательщик\w{0,2}|клиент"
    r"|грузополучатель|реквизиты|юр\.?\s?лицо|сч[её]т\w{0,2}\s{1,9}(?:на|для)(?:\s{1,9}нас)?|"
    r"на\s{1,9}организацию|на\s{1,9}(?:наше|нашу)\s{1,9}\w{3,15}|от\s{1,9}(?:лица|имени)|меня\s{1,9}зовут.{0,40}|"
    r"кто\s{1,9}платит|полное|сокращ[её]нное)[\s:–«\"-]{0,4}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Company:
    """A company named in a text; `labelled` where the words before it say that it is the customer."""

    name: str
    start: int
    end: int
    labelled: bool = False


def named_in(display: str | None) -> str | None:
    """The company that a From display name gives with its legal form."""
    found = find_companies(display or "")
    return found[0].name if found else None


def find_companies(text: str) -> list[Company]:
    """Every company in the text that may be the customer, without banks, carriers, makers and addressees."""
    return [company for company in _all_companies(text) if not _is_foreign(company, text)]


def choose_company(signature: str, body: str, documents: list[str], own: Own, display: str | None = None) -> str | None:
    """How the customer signs; else whom the text names as payer or customer; else the last company of the text."""
    for text, by_label in ((signature, False), (body, True), *((document, True) for document in documents)):
        found = [company for company in find_companies(text) if not is_own_company(company.name, own)]
        labelled = [company for company in found if company.labelled]
        if found:
            chosen = labelled[0] if labelled and by_label else found[-1] if text is body else found[0]
            return chosen.name
        if (
            text is signature
            and (bare := _signed_without_form(signature))
            and not is_own_company(bare, own)
            and not _labelled(body, own)
        ):
            return bare
    return named_in(display)


def _labelled(body: str, own: Own) -> bool:
    return any(company.labelled and not is_own_company(company.name, own) for company in find_companies(body))


def _signed_without_form(signature: str) -> str | None:
    """A company that stands on a line of the signature without a legal form: «Прогресс», Компания Вектор, ЯрМотор."""
    for line in signature.split("\n")[:12]:
        if match := _BARE_COMPANY.match(line):
            return squeeze(match["name"])
    return None


def company_spans(text: str) -> list[tuple[int, int]]:
    """Where companies of any kind stand, so that their names are not taken for persons or goods."""
    return [(company.start, company.end) for company in _all_companies(text)]


def _all_companies(text: str) -> Iterator[Company]:
    text = _LATIN_FORM.sub(lambda match: to_cyrillic(match[0]), text)
    found = [*_with_leading_form(text), *_with_trailing_form(text), *_in_haste(text)]
    end = 0
    for company in sorted(found, key=lambda one: one.start):
        if company.start >= end:
            yield company
            end = company.end


def _with_trailing_form(text: str) -> Iterator[Company]:
    """«StankoTrade LLC», «Ромашка», ООО."""
    for match in _TRAILING.finditer(text):
        yield _company(text, match.start(), match.end())


def _in_haste(text: str) -> Iterator[Company]:
    """Legal forms typed small: «счёт на ооо вектор», «ип петров олег»."""
    for match in _SMALL.finditer(text):
        yield _company(text, match.start(), match.end())


def _company(text: str, start: int, end: int) -> Company:
    name = squeeze(text[start:end]).rstrip(" ,;:–-")
    return Company(name, start, end, _CUSTOMER_BEFORE.search(text[max(0, start - 60) : start]) is not None)


def _with_leading_form(text: str) -> Iterator[Company]:
    position = 0
    while (form := _FORM.search(text, position)) is not None:
        end = _end_of_name(text, form)
        position = end or form.end()
        if end is None:
            continue
        yield _company(text, form.start(), end)


def _end_of_name(text: str, form: re.Match[str]) -> int | None:
    """Where the name after the legal form ends; None where no name follows."""
    position, words = form.end(), 0
    pattern = _FIRST_WORD if form[0] in _SURE else _WORD
    while words < 7 and (match := (pattern if not words else _WORD).match(text, position)) is not None:
        word = match["word"]
        if word in _OPENING:
            return _end_of_quotation(text, match.end() - 1)
        if "\n" in match[0] and not (words == 0 and _is_wrap(text, match.start())):
            break
        if (
            word.rstrip(".") in _STOP_WORDS
            or (words and re.match(r"\d{6}", word))
            or (words and _is_signer(word, form[0]))
        ):
            break
        position, words = match.end(), words + 1
        if text[position - 1] == "." and word != "им." and not _INITIALS.fullmatch(" " + word):
            position -= 1
            break
    if not words or not re.search(r"[^\W\d]{2}", text[form.end() : position]):
        return None
    if form[0].upper().startswith(("ИП", "И.", "ИНДИВИД", "ГЛАВ", "КФХ")) and (
        initials := _INITIALS.match(text, position)
    ):
        position = initials.end()
    bare_abbreviation = form[0] not in _LEGAL and len(form[0]) < 6
    return None if bare_abbreviation and words == 1 and len(text[form.end() : position].strip()) < 3 else position


def _is_wrap(text: str, position: int) -> bool:
    """True where a hard-wrapped line breaks between the legal form and the name."""
    start = text.rfind("\n", 0, position) + 1
    return position - start > 50


def _is_signer(word: str, form: str) -> bool:
    """True for a person's name: «ООО Ромашка Иванов Пётр» is a company and its signer on one line."""
    return not form.upper().startswith(("ИП", "И.", "ИНДИВИД", "ГЛАВ", "КФХ")) and "Patr" in name_grammemes(word)


def _end_of_quotation(text: str, opening: int) -> int | None:
    """The end of «…», nested quotes included, at most 120 characters on."""
    close = _CLOSING[text[opening]]
    window = text[opening + 1 : opening + 121]
    if text[opening] == "«":
        depth = 1
        for index, char in enumerate(window):
            depth += (char == "«") - (char == "»")
            if depth == 0:
                return opening + index + 2
    limit = window.find("\n\n")
    window = window[:limit] if limit >= 0 else window
    at = window.find(close)
    if at < 0:
        alternatives = [i for i in (window.find(c) for c in '»"”“') if i >= 0]
        return opening + min(alternatives) + 2 if alternatives else None
    if close == '"' and window[at - 1 : at] == " " and (inner := window.find(close, at + 1)) >= 0:
        at = inner  # ООО "ТД "Ромашка": the quote after the blank opens another one
        at += window[at + 1 : at + 2] == close
    return opening + at + 2


def _is_foreign(company: Company, text: str) -> bool:
    before = text[max(0, company.start - 60) : company.start]
    line_before = before[before.rfind("\n") + 1 :]
    if _BANK.search(company.name) or _CARRIER.search(company.name):
        return True
    return _FOREIGN_BEFORE.search(line_before) is not None and not company.labelled
