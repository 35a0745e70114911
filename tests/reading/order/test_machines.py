"""Machines out of texts: model, serial number, and which belongs to which."""

from __future__ import annotations

import pytest

from mailsync.reading.model import ReadingContext
from mailsync.reading.order.equipment.machines import read_machines
from mailsync.reading.order.reader import read_order
from tests.reading.order.letters import letter

CASES: list[tuple[str, list[tuple[str | None, str | None]]]] = [
    ("для фрезерного станка 6P12 (зав. № 4471)", [("6Р12", "4471")]),
    ("сверлильного 2H135 (сер. N 15302)", [("2Н135", "15302")]),
    ("для станка 1М63 (инв. № 203, заводской № 5518)", [("1М63", "5518")]),
    ("Модель станка: 16K20\nЗаводской номер: 29954-A", [("16К20", "29954-A")]),
    ("ИЖ250ИТВМ.01 (зав. № 1187): шпиндель ИЖ250.02.010", [("ИЖ250ИТВМ.01", "1187")]),
    ("Обрабатывающий центр HAAS VF-2 (S/N 1098765, 2012 г.)", [("HAAS VF-2", "1098765")]),
    ("Mazak QT-250 S/N 12345", [("Mazak QT-250", "12345")]),
    ("DMG CTX 310 ecoline", [("DMG CTX 310 ecoline", None)]),
    ("станок токарный Quantum D210x400", [("Quantum D210x400", None)]),
    ("Станок JET GH-1640 ZX DRO (S/N 150320047)", [("JET GH-1640 ZX DRO", "150320047")]),
    ("два станка 16К20, зав. №№ 123, 456", [("16К20", "123"), ("16К20", "456")]),
    ("з/н 445 станок 1А616", [("1А616", "445")]),
    ("пресс КД2126 № 455", [("КД2126", "455")]),
    ("к станку 165", [("165", None)]),
    ("станок мод. 95ТС-1", [("95ТС-1", None)]),
    ("у нас дип 300, суппорт закусывает", [("ДИП-300", None)]),
    ("6520Ф3-36, машина № 1790, 1985 года", [("6520Ф3-36", "1790")]),
]

NO_MACHINES = [
    "патрон токарный 7100-0035 - 2 шт",
    "резцы расточные 16х16 Т15К6",
    "Подшипник 2-46120Л ГОСТ 831-75",
    "двигатель 4А100 11 кВт, вал 12Х18Н10Т",
    "счёт № 118 от 16.02.2026",
    "масло И-20А - 20 л",
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_machines_of_a_text(text: str, expected: list[tuple[str | None, str | None]]) -> None:
    assert [(machine.model, machine.serial_number) for machine in read_machines(text)] == expected


@pytest.mark.parametrize("text", NO_MACHINES)
def test_parts_and_sizes_are_no_machines(text: str) -> None:
    assert read_machines(text) == []


def test_a_machine_in_the_subject_counts_and_its_number_in_the_text_belongs_to_it() -> None:
    message = letter("Нужен винт ходовой, 1 шт. Зав. № 777.", subject="Запчасти 6Р12")
    assert [(m.model, m.serial_number) for m in read_order(message, ReadingContext()).order.equipment] == [
        ("6Р12", "777")
    ]


def test_a_machine_that_is_bought_is_an_item() -> None:
    order = read_order(letter("Купим станок токарный 16К20, 1 шт."), ReadingContext()).order
    assert order.equipment == ()
    assert [item.name for item in order.items] == ["Станок токарный 16К20"]
