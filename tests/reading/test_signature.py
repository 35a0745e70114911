"""Where the author's words end."""

from __future__ import annotations

import pytest

from tests.reading.letters_by_hand import letter, message

WORDS = "Добрый день!\n\nПрошу счёт на патрон 7100-0035, 2 шт."

SIGNATURES = [
    "С уважением,\nИванов Пётр\nООО «Завод»\nтел. +7 495 740-12-30",
    "С уважением, Иванов Пётр, т. 740-12-30",
    "--\nИванов Пётр\n740-12-30",
    "-- \nС уважением,\n Иванов Пётр                      mailto:i@zavod.example",
    "—\nПётр",
    "Best regards,\nPetr Ivanov",
    "С наилучшими пожеланиями\nПётр",
    "Спасибо,\nПётр Иванов\nООО «Завод»",
    "Заранее спасибо,\nПётр",
    "Иванов Пётр Сергеевич\nООО «Завод»\nотдел снабжения\n+7 8442 24-61-18",
    "Гладышев Филипп, ООО «Рубин», 8-4862-55-88-04",
    "Отправлено с iPhone",
    "Отправлено из мобильной Яндекс Почты",
    "Отправлено из Mail.ru для Android",
    "Sent from my Galaxy",
    "С уважением,\nПётр\n\nДанное сообщение содержит конфиденциальную информацию и предназначено только адресату.",
    "С уважением,\nПётр\n\nThis e-mail is confidential and intended only for the addressee.",
    "С уважением, Пётр\n\nПрежде чем распечатать это письмо, подумайте об экологии!",
    "С уважением,\n\nМарина Козлова\n\nСпециалист по закупкам\n\nТел.: +7 (351) 727-40-05 вн. 214",
    "Не содержит вирусов. www.avast.com",
    "Тарас Бойко, директор ООО «Рубин»\n+7 (4822) 79-01-55",
    "Юлия Сергеевна, завхоз\n8-906-511-70-22",
    "Мастер участка Лазарев В.В.\nГБПОУ «Колледж № 37»",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_is_taken_off(signature: str) -> None:
    found = message(letter(f"{WORDS}\n\n{signature}"))
    assert found.new_text == WORDS
    assert found.signature


KEPT = [
    "Спасибо!",
    "Заранее спасибо за ответ.",
    "Реквизиты: ООО «Завод», ИНН 7712345678, р/с 40702810416540009871",
    "Звоните 8 902 801 33 70 после 10 мск или пишите в телеграм @pestov",
    "--\nПозиции:\nвал - 2 шт\nвинт - 3 шт",
    "------------------\nВал      2 шт\nВинт     3 шт\n------------------",
    "С уважением относимся к срокам, поэтому ждём ответ до пятницы.",
    "Отправлено вчера было письмо с реквизитами, посмотрите.",
    "Доставка: г. Тула, ул. Ленина, 5\nОплата по счёту.",
    "Патрон токарный\nПланшайба\nЛюнет",
]


@pytest.mark.parametrize("words", KEPT)
def test_words_of_the_author_are_kept(words: str) -> None:
    assert message(letter(f"{WORDS}\n\n{words}")).new_text == f"{WORDS}\n\n{words}"


def test_a_postscript_behind_the_signature_is_kept() -> None:
    body = f"{WORDS}\n\nС уважением,\nПётр\n\nP.S. И ещё ключ, 1 шт."
    assert message(letter(body)).new_text == f"{WORDS}\n\nP.S. И ещё ключ, 1 шт."


def test_a_letter_that_is_marked_as_signature_all_of_it_is_kept() -> None:
    assert message(letter("<div class=gmail_signature>Прошу счёт</div>", kind="text/html")).new_text == "Прошу счёт"


def test_a_gateways_banner_above_the_letter_is_taken_off() -> None:
    banner = "Внимание! Письмо получено от внешнего отправителя. Не открывайте вложения."
    assert message(letter(f"{banner}\n\n{WORDS}")).new_text == WORDS
