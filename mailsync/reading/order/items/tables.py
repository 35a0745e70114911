"""Items out of tables: HTML, workbooks, documents, text tables; with or without a header."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest

from mailsync.reading.model import Item, Machine, Table
from mailsync.reading.order.equipment.machines import find_mentions, read_machines
from mailsync.reading.order.items.headers import (
    Role,
    completed_roles,
    header_roles,
    inferred_roles,
    role_of,
    unit_in_heading,
)
from mailsync.reading.order.items.merge import names_machine
from mailsync.reading.order.items.part_numbers import find_part_number, head_noun, standard_span
from mailsync.reading.order.items.phrase import clean_name, read_phrase, without_alternatives
from mailsync.reading.order.items.quantity import read_cell
from mailsync.reading.order.items.units import read_unit
from mailsync.reading.order.wording import comparable, squeeze, tidy

MAX_ROWS = 2_000
_HEADER_WITHIN = 40

_TOTAL = re.compile(
    r"^(?:итого|всего|ито|в\s{1,9}том\s{1,9}числе|в\s?т\.?\s?ч\.?|ндс|сумма|к\s{1,9}оплате|общая|total|итог)",
    re.IGNORECASE,
)
_NO_GOODS = re.compile(
    r"^(?:доставк|упаковк|транспортн\w{2}\s{1,9}расход|скидк|пусконаладк|монтаж(?:\s|$)|шеф-?монтаж|оплат|разгрузк"
    r"|погрузк|страхован)",
    re.IGNORECASE,
)
_PARTY = re.compile(r"\bинн\b[\s:]{0,3}\d|\bкпп\b[\s:]{0,3}\d|\bтел\.?[\s:]{0,3}[+\d(]", re.IGNORECASE)
_FIELD_LABEL = re.compile(
    r"^(?:организаци|компани|предприяти|инн|кпп|огрн|контактн|ф\.?и\.?о|имя|телефон|тел|e-?mail|эл|почта"
    r"|станок|модель|зав|серийн|деталь|наименован|товар|запчаст|обозначен|артикул|чертеж|черт[её]ж|кол|ед\."
    r"|адрес|город|комментар|сообщени|примечан|дата|способ)",
    re.IGNORECASE,
)
_OWN_CODE = re.compile(r"^код\b|номенклатурн|\bнси\b|\berp\b|\bsap\b|\b1с\b|шифр|sku", re.IGNORECASE)
_EMPTY = re.compile(r"^[\s\-–—_.*xх/нет]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableFinding:
    """What one table says. `loose` are the lines around the table body: headings, requisites, signatures."""

    items: tuple[Item, ...] = ()
    machines: tuple[Machine, ...] = ()
    loose: tuple[str, ...] = ()


@dataclass(slots=True)
class _Columns:
    by_role: dict[Role, list[int]] = field(default_factory=dict)
    unit: str | None = None

    def cell(self, row: tuple[str, ...], role: Role) -> str:
        for index in self.by_role.get(role, []):
            if index < len(row) and row[index]:
                return row[index]
        return ""

    def cells(self, row: tuple[str, ...], role: Role) -> list[str]:
        return [row[index] for index in self.by_role.get(role, []) if index < len(row) and row[index]]


def as_fields(table: Table) -> list[str]:
    """The rows of a two-column form («Организация | ООО ...») as "label: value" lines; none for another table."""
    rows = [tuple(squeeze(tidy(cell)) for cell in row if cell.strip()) for row in table.rows[:MAX_ROWS]]
    pairs = [row for row in rows if len(row) == 2]
    if not pairs or len(pairs) < 0.7 * len([row for row in rows if row]) or header_roles(pairs[0]) is not None:
        return []
    labels = sum(_FIELD_LABEL.match(label) is not None for label, _ in pairs)
    return [f"{label.rstrip(' :')}: {value}" for label, value in pairs] if labels >= max(2, 0.4 * len(pairs)) else []


def read_table(table: Table, *, asked: bool = True) -> TableFinding:
    """The items and machines of a table; everything outside its body comes back as loose lines."""
    rows = [tuple(squeeze(tidy(cell)) for cell in row) for row in table.rows[:MAX_ROWS]]
    at, columns = _header(rows)
    if columns is None:
        at, columns = -1, _without_header(rows, asked=asked)
    if columns is None:
        return TableFinding(loose=tuple(_line(row) for row in rows if any(row)))
    loose = [_line(row) for row in rows[: max(at, 0)] if any(row)]
    body = rows[at + 1 :]
    if not columns.by_role.get(Role.NAME) and not columns.by_role.get(Role.PART):
        return TableFinding(machines=tuple(_machines(columns, body)), loose=tuple(loose))
    items, trailing = _items(columns, body, table.source)
    return TableFinding(tuple(items), tuple(_machines(columns, body)), (*loose, *trailing))


def _header(rows: list[tuple[str, ...]]) -> tuple[int, _Columns | None]:
    for index, row in enumerate(rows[:_HEADER_WITHIN]):
        roles = header_roles(row)
        if roles is not None:
            below = header_roles(rows[index + 1]) if index + 1 < len(rows) else None
            at = index if below is None else index + 1
            headings = row if below is None else _two_storeys(row, rows[at])
            return at, _columns(completed_roles([role_of(cell) for cell in headings], rows[at + 1 : at + 30]), headings)
    return -1, None


def _two_storeys(above: tuple[str, ...], below: tuple[str, ...]) -> tuple[str, ...]:
    """The headings of a header of two rows: «Потребность» over «ед. изм.» and «кол-во»; the lower says more."""
    return tuple(
        lower if role_of(lower) is not None else upper for upper, lower in zip_longest(above, below, fillvalue="")
    )


def _without_header(rows: list[tuple[str, ...]], *, asked: bool) -> _Columns | None:
    body = [row for row in rows if sum(bool(cell) for cell in row) >= 2]
    if not body or len(body) < 0.5 * len([row for row in rows if any(row)]):
        return None
    roles = inferred_roles(body)
    if not asked and roles is not None and not {Role.PART, Role.QUANTITY} <= set(roles):
        return None
    return _columns(roles, ()) if roles else None


def _columns(roles: list[Role | None], headings: tuple[str, ...]) -> _Columns:
    columns = _Columns()
    for index, role in enumerate(roles):
        if role is not None:
            columns.by_role.setdefault(role, []).append(index)
    columns.by_role.get(Role.PART, []).sort(key=lambda index: _own_code(headings, index))
    columns.by_role.get(Role.QUANTITY, []).sort(key=lambda index: not _to_order(headings, index))
    for index in columns.by_role.get(Role.QUANTITY, [])[:1]:
        columns.unit = unit_in_heading(headings[index]) if index < len(headings) else None
    if Role.NAME not in columns.by_role:
        fallback = columns.by_role.get(Role.POSITION, []) if Role.PART not in columns.by_role else []
        unnamed = [index for index, role in enumerate(roles) if role is None]
        if Role.MODEL in columns.by_role and Role.QUANTITY in columns.by_role and Role.SERIAL not in columns.by_role:
            columns.by_role[Role.NAME] = columns.by_role.pop(Role.MODEL)
        elif Role.QUANTITY in columns.by_role and (unnamed or fallback):
            columns.by_role[Role.NAME] = (unnamed or fallback)[:1]
    return columns


def _to_order(headings: tuple[str, ...], index: int) -> bool:
    """True for «Заказать» beside «Потребность» and «Остаток»."""
    return index < len(headings) and re.search(r"заказ|закуп", headings[index], re.IGNORECASE) is not None


def _own_code(headings: tuple[str, ...], index: int) -> bool:
    """True for the customer's own code of a thing, which tells a supplier less than its drawing or catalogue number."""
    return index < len(headings) and _OWN_CODE.search(headings[index]) is not None


def _items(columns: _Columns, body: list[tuple[str, ...]], source: str) -> tuple[list[Item], list[str]]:
    counted = [row for row in body if read_cell(columns.cell(row, Role.QUANTITY))]
    named = [row for row in body if columns.cell(row, Role.NAME) or columns.cell(row, Role.PART)]
    has_quantity = Role.QUANTITY in columns.by_role
    mostly_filled = len(counted) * 2 >= len(named)
    items: list[Item] = []
    loose: list[str] = []
    last_name = ""
    for row in body:
        if not any(row):
            continue
        quantity = read_cell(columns.cell(row, Role.QUANTITY)) if has_quantity else None
        name = columns.cell(row, Role.NAME)
        if (
            _is_outside(row, columns, has_quantity=has_quantity)
            or header_roles(row) is not None
            or (quantity is not None and quantity.value == 0)
        ):
            loose.append(_line(row))
            continue
        if (
            has_quantity
            and quantity is None
            and not (
                mostly_filled
                and _EMPTY.match(columns.cell(row, Role.QUANTITY))
                and columns.cell(row, Role.QUANTITY) == ""
            )
        ):
            loose.append(_line(row))
            continue
        item = _item(columns, row, name or last_name, source)
        if item is not None:
            items.append(item)
            last_name = name or last_name
    return items, loose


def _is_outside(row: tuple[str, ...], columns: _Columns, *, has_quantity: bool) -> bool:
    """True for totals, section headings and signature lines."""
    filled = [cell for cell in row if cell]
    if any(_TOTAL.match(cell) for cell in filled[:2]) or (filled and _TOTAL.match(filled[0])):
        return True
    name, part = columns.cell(row, Role.NAME), columns.cell(row, Role.PART)
    if not name and not part:
        return True
    if len(filled) == 1 and (has_quantity or len(row) > 1):
        return True
    return len(set(filled)) == 1 and len(filled) > 1  # a merged section heading, repeated in every cell


def _item(columns: _Columns, row: tuple[str, ...], name: str, source: str) -> Item | None:
    quantity = read_cell(columns.cell(row, Role.QUANTITY))
    unit = read_unit(columns.cell(row, Role.UNIT)) or (quantity.unit if quantity else None) or columns.unit
    value = quantity.value if quantity else 1.0
    if quantity is None and Role.QUANTITY not in columns.by_role and (parsed := read_phrase(name, listed=False)):
        name = parsed.name if parsed.part_number is None else f"{parsed.name} {parsed.part_number}"
        value, unit = parsed.quantity or 1.0, unit or parsed.unit
    written, part = _named(columns, row, name)
    if not any(c.isalnum() for c in written) or _NO_GOODS.match(written) or _PARTY.search(written):
        return None
    return Item(
        name=written[:200],
        part_number=part,
        quantity=value,
        unit=unit or "шт",
        confidence=0.95 if quantity else 0.7,
        fragment=_line(row)[:400],
        source=source,
    )


def _named(columns: _Columns, row: tuple[str, ...], name: str) -> tuple[str, str | None]:
    """The name without its number, and the number: from its own column, the name, the standard, the size."""
    written = clean_name(without_alternatives(name))
    part = _part_cell(columns.cell(row, Role.PART))
    model = columns.cell(row, Role.MODEL)
    if part is None and model and not find_mentions(model) and any(c.isdigit() for c in model):
        part = model
    if part is not None:
        if comparable(part) in comparable(name) and comparable(part) != comparable(name):
            written = clean_name(_remove(name, part))
    elif found := find_part_number(written, head_noun(written.split())):
        part = squeeze(found.value)
        rest = f"{written[: found.start].rstrip()} {written[found.end :].lstrip()}"
        span = standard_span(rest)
        rest = f"{rest[: span[0]]} {rest[span[1] :]}" if span else rest
        written = clean_name(rest) or written
    standard, size = columns.cell(row, Role.STANDARD), columns.cell(row, Role.SIZE)
    if part is None and standard and not _EMPTY.match(standard):
        found = find_part_number(standard)
        part = found.value if found else (f"ГОСТ {standard}" if standard[:1].isdigit() else standard)
    if size and not _EMPTY.match(size):
        found = find_part_number(size) if part is None else None
        part = part or (found.value if found else None)
        written = written if found else f"{written} {size}"
    return written or part or "", part


def _part_cell(cell: str) -> str | None:
    if _EMPTY.match(cell) or (not any(c.isdigit() for c in cell) and len(cell) > 24):
        return None
    return squeeze(cell)


def _remove(name: str, part: str) -> str:
    at = name.lower().find(part.lower())
    return name if at < 0 else f"{name[:at].rstrip(' ,(–-')} {name[at + len(part) :].lstrip(' ,)')}"


def _machines(columns: _Columns, body: list[tuple[str, ...]]) -> list[Machine]:
    machines: list[Machine] = []
    for row in body:
        models = columns.cells(row, Role.MACHINE) + columns.cells(row, Role.MODEL)
        serial = re.sub(r"^(?:№|N|зав\.?|сер\.?|s/?n)[\s.:№]*", "", columns.cell(row, Role.SERIAL), flags=re.IGNORECASE)
        if columns.cell(row, Role.QUANTITY) and not serial and names_machine(columns.cell(row, Role.NAME)):
            continue  # the machine is what is bought
        serial_number = serial if any(c.isdigit() for c in serial) and len(serial) < 24 else None
        if Role.SERIAL in columns.by_role and not models:
            models = columns.cells(row, Role.NAME)[:1]
        for text in models[:1]:
            found = read_machines(f"станок {text}")
            machines += [Machine(m.model, m.serial_number or serial_number) for m in found if m.model]
    return machines


def _line(row: tuple[str, ...]) -> str:
    return " ".join(dict.fromkeys(cell for cell in row if cell))
