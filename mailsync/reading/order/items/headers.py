"""What a column of a table holds, from its heading or from what stands in it."""

from __future__ import annotations

import re
from enum import Enum

from mailsync.reading.order.items.part_numbers import find_part_number
from mailsync.reading.order.items.quantity import read_number
from mailsync.reading.order.items.units import read_unit


class Role(Enum):
    """The meaning of a column."""

    POSITION = "position"
    NAME = "name"
    PART = "part"
    STANDARD = "standard"
    QUANTITY = "quantity"
    UNIT = "unit"
    MODEL = "model"
    SERIAL = "serial"
    MACHINE = "machine"
    SIZE = "size"
    OTHER = "other"


_HEADINGS: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        (Role.NAME, r"^наимен"),
        (
            Role.OTHER,
            (
                r"^(?:цена|стоим|сумма|итого|всего\s{1,9}руб|ндс|срок|дата|примеч|коммент|остат|на\s{1,9}складе|склад|наличие|вес"
                r"|масса|поставщик|производит|изготовит|бренд|фирма|страна|подраздел|цех|участок|год|инв|фото|ссылка"
                r"|назначение|цель|статус|приоритет|заказчик|тип\s{1,9}станка|вид\s{1,9}(?:станка|оборуд)|ставка|аналог|обосн"
                r"|состояние|(?:допустим|возможн)\w{2,3}\s{1,9}(?:аналог|замен)|было|ранее|куплен|предыдущ|прошл|price|amount|sum|total|note|remark|comment)"
            ),
        ),
        (
            Role.SERIAL,
            r"(?:зав(?:одской|\.)?\s{0,9}(?:№|номер|n)|сер(?:ийный|\.)?\s{0,9}(?:№|номер|n)|s/?n\b|serial|заводск)",
        ),
        (Role.UNIT, r"^(?:ед(?:иниц[аы]|\.)?[\s.]*(?:изм\w*\.?|измерения)?\.?|изм\.?|е\.\s?и\.?|еи|unit|uom|един)$"),
        (
            Role.QUANTITY,
            (
                r"(?:^|\b)(?:кол(?:-|\s|\.|ич)?|к-во|кол\s?-?\s?во|количеств|потребн|заказ(?:ать|ано)?(?:$|,?\s{1,9}шт)|(?<!что\s)(?:требуется|нужно"
                r"|надо|необходимо)|qty|quantity|q-ty|pcs|шт\.?$|штук|к\s{1,9}заказу|объ[её]м(?:\s{1,9}поставки)?$|число)"
            ),
        ),
        (
            Role.POSITION,
            (
                r"^(?:№|n|no|#|п/?п|№?\s?п[./\s]?п\.?|№\s{0,9}(?:п/?п|поз|пп|строки)\.?|поз(?:иция)?\.?"
                r"|номер(?:\s{1,9}(?:по\s{1,9}порядку|п/п|строки))?|стр\.?|item)$"
            ),
        ),
        (
            Role.MACHINE,
            (
                r"(?:^станок|^станка|^оборудование|^для\s{1,9}(?:станка|оборуд|какого)|применя|^модель\s{1,9}(?:станка|оборуд)"
                r"|^марка\s{1,9}(?:станка|оборуд)|^тип\s{1,9}оборуд|^на\s{1,9}(?:какой|станок))"
            ),
        ),
        (
            Role.PART,
            (
                r"(?:артикул|^арт\b|обозн|черт(?:[её]ж|\.)|кат(?:аложный|\.)?\s{0,9}(?:№|номер|n)|каталож|^код|номер\s{1,9}(?:детали"
                r"|по\s{1,9}каталогу|чертежа)|№\s{0,9}(?:детали|чертежа|по\s{1,9}каталогу)|^part\b|каталог|^p/?n\b|марка\b.*(?:обозн"
                r"|арт)|тип,\s{0,9}марка|шифр|sku|code|заказной|парт|номенклатурный|ref)"
            ),
        ),
        (
            Role.NAME,
            (
                r"(?:наимен|номенклат|назван|товар|продукци|описание|деталь|запч|запасн|издели|предмет|позици|материал"
                r"|инструмент|name|description|product|goods|что\s{1,9}(?:нужно|надо)|комплектующ|перечень)"
            ),
        ),
        (Role.STANDARD, r"^(?:№\s{0,9})?(?:гост|ту|стандарт|нтд|норматив)[\s/,.а-яё№]{0,24}$"),
        (Role.MODEL, r"^(?:модель|model|мод\.?|марка|тип|марка,?\s{0,9}модель)"),
        (
            Role.SIZE,
            (
                r"(?:размер|характерист|параметр|тех(?:нич)?\w*\.?\s{1,9}(?:хар|треб)|типоразмер|исполнение|спецификац|диаметр"
                r"|длина)"
            ),
        ),
    )
)


def role_of(heading: str) -> Role | None:
    """The role that a heading names; None for a cell that is no heading."""
    text = " ".join(heading.split()).strip(" :.*")
    if not text or len(text) > 60 or re.search(r"\d{3}|[«\"]", text):
        return None
    for role, pattern in _HEADINGS:
        if pattern.search(text):
            return role
    return None


def header_roles(row: tuple[str, ...]) -> list[Role | None] | None:
    """The roles of a header row; None where the row is none."""
    filled = [cell for cell in row if cell.strip()]
    if len(filled) < 2:
        return None
    roles = [role_of(cell) for cell in row]
    known = [role for role in roles if role is not None]
    distinct = set(known)
    if len(known) < max(2, (len(filled) + 1) // 2):
        return None
    if not distinct & {Role.NAME, Role.PART, Role.QUANTITY, Role.MODEL, Role.SERIAL, Role.MACHINE}:
        return None
    if any(read_number(cell) is not None or re.match(r"\d{1,6}(?:[.,]\d+)?\s?[а-яё.-]{1,9}$", cell) for cell in filled):
        return None
    return roles


def completed_roles(roles: list[Role | None], rows: list[tuple[str, ...]]) -> list[Role | None]:
    """The roles of a header corrected by what stands below it: «Номер» over codes, a nameless column of figures."""
    completed = list(roles)
    columns = [
        [row[index].strip() for row in rows if index < len(row) and row[index].strip()] for index in range(len(roles))
    ]
    for index, role in enumerate(completed):
        codes = sum(find_part_number(cell, "подшипник") is not None for cell in columns[index])
        if role is not Role.POSITION or not columns[index]:
            continue
        if Role.NAME not in completed and _words_share(columns[index]) >= 0.5:
            completed[index] = Role.NAME
        elif codes * 2 > len(columns[index]) and Role.PART not in completed:
            completed[index] = Role.PART
    if Role.NAME not in completed and completed.count(Role.QUANTITY) > 1:
        wordy = [i for i, role in enumerate(completed) if role is Role.QUANTITY and _words_share(columns[i]) >= 0.7]
        if wordy and _quantity_share(columns[wordy[0]]) < 0.5:
            completed[wordy[0]] = Role.NAME  # «Требуется» over what is required
    if Role.QUANTITY not in completed:
        free = [i for i, role in enumerate(completed) if role is None and _quantity_share(columns[i]) >= 0.7]
        if free:
            completed[free[0]] = Role.QUANTITY
    return completed


def inferred_roles(rows: list[tuple[str, ...]]) -> list[Role | None] | None:
    """The roles of the columns of a table without a header, from their contents; None where no item column shows."""
    width = max((len(row) for row in rows), default=0)
    if width < 2:
        return None
    columns = [[row[index].strip() if index < len(row) else "" for row in rows] for index in range(width)]
    roles: list[Role | None] = [None] * width
    for index, column in enumerate(columns):
        filled = [cell for cell in column if cell]
        if not filled:
            roles[index] = Role.OTHER
        elif index == 0 and _is_sequence(filled) and width > 2:
            roles[index] = Role.POSITION
        elif sum(read_unit(cell) is not None for cell in filled) >= 0.7 * len(filled):
            roles[index] = Role.UNIT
        elif sum(_looks_like_money(cell) for cell in filled) >= 0.7 * len(filled):
            roles[index] = Role.OTHER
    names = [i for i in range(width) if roles[i] is None and _words_share(columns[i]) >= 0.5]
    if not names:
        return None
    name = max(names, key=lambda i: sum(sum(c.isalpha() for c in cell) for cell in columns[i]))
    roles[name] = Role.NAME
    quantities = [i for i in range(width) if roles[i] is None and _quantity_share(columns[i]) >= 0.7]
    if quantities:
        beside_unit = [
            i for i in quantities if (i + 1 < width and roles[i + 1] is Role.UNIT) or (i and roles[i - 1] is Role.UNIT)
        ]
        roles[(beside_unit or [i for i in quantities if i > name] or quantities)[0]] = Role.QUANTITY
    for index in range(width):
        if roles[index] is None and _code_share(columns[index]) >= 0.5:
            roles[index] = Role.PART
            break
    return roles if Role.QUANTITY in roles or Role.PART in roles else None


def unit_in_heading(heading: str) -> str | None:
    """The unit that a heading names: «Кол-во, шт.»."""
    match = re.search(r"[,(]\s{0,9}([а-яё.]{1,8})\s{0,9}\)?\s{0,9}$", heading, re.IGNORECASE)
    return read_unit(match[1]) if match else None


def _is_sequence(cells: list[str]) -> bool:
    numbers = [re.fullmatch(r"(\d{1,4})(?:[.)]|\.0)?", cell) for cell in cells]
    values = [int(match[1]) for match in numbers if match]
    return (
        len(values) >= 0.6 * len(cells)
        and values == sorted(values)
        and len(set(values)) == len(values)
        and values[:1] in ([1], [0])
    )


def _looks_like_money(cell: str) -> bool:
    return (
        re.fullmatch(
            r"\d{1,3}(?:[ ]?\d{3}){1,3}(?:[.,]\d{2})?|\d[\d ]{0,11}(?:[.,]\d{2})?\s?(?:руб\w{0,3}|р|₽)\.?", cell
        )
        is not None
        and len(cell) > 4
    )


def _words_share(column: list[str]) -> float:
    filled = [cell for cell in column if cell]
    return (
        sum(
            len([c for c in cell if c.isalpha()]) >= 3 and re.search(r"[А-ЯЁа-яёA-Za-z]{3}", cell) is not None
            for cell in filled
        )
        / len(filled)
        if filled
        else 0.0
    )


def _quantity_share(column: list[str]) -> float:
    filled = [cell for cell in column if cell]
    return (
        sum(
            re.fullmatch(r"\d{1,5}(?:[.,]\d{1,3})?(?:\s?[а-яё.-]{1,9})?|[а-яё]{3,10}", cell.lower()) is not None
            and read_number(re.sub(r"[\s]?[а-яё.-]+$", "", cell)) is not None
            for cell in filled
        )
        / len(filled)
        if filled
        else 0.0
    )


def _code_share(column: list[str]) -> float:
    filled = [cell for cell in column if cell]
    return sum(find_part_number(cell, "подшипник") is not None for cell in filled) / len(filled) if filled else 0.0
