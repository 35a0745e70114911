"""Whose words: answers, histories and forwards as the mail programs of the country write them."""

# ruff: noqa: E501 - what mail programs write is shown as they write it

from __future__ import annotations

import pytest

from mailsync.reading.model import Message
from mailsync.reading.quoting import bare_subject
from tests.reading.letters_by_hand import letter, message

OURS = "Менеджер Анна <zakaz@shop.example>"


def answer(body: str, subject: str = "Re: счёт", kind: str = "text/plain") -> Message:
    return message(letter(body, f"Subject: {subject}", "In-Reply-To: <1@shop.example>", kind=kind))


HISTORIES = {
    "Outlook, Russian": f"________________________________\nОт: {OURS}\nОтправлено: 3 марта 2026 г. 14:20\nКому: Пётр\nТема: счёт"
    f"\n\nНаш текст",
    "Outlook, English": f"From: {OURS}\nSent: Tuesday, March 3, 2026 2:20 PM\nTo: Petr <p@zavod.example>\nSubject: RE: bill\n\nНаш"
    f" текст",
    "Outlook, old": f"-----Исходное сообщение-----\nОт: {OURS} [mailto:zakaz@shop.example]\nОтправлено: 3 марта 2026 г.\nКому:"
    f" Пётр\nТема: счёт\n\nНаш текст",
    "Outlook, old, English": f"-----Original Message-----\nFrom: {OURS}\nSent: Tuesday\nTo: Petr\nSubject: bill\n\nНаш текст",
    "Outlook for phones": f"Получить Outlook для Android\n________________________________\nFrom: {OURS}\nSent: Tuesday, March 3,"
    f" 2026\nTo: Petr\nSubject: bill\n\nНаш текст",
    "Exchange, bold headers": f"*От:* {OURS}\n*Отправлено:* 3 марта 2026 г. 14:20\n*Кому:* Пётр\n*Тема:* счёт\n\nНаш текст",
    "Gmail, Russian": "вт, 3 мар. 2026 г. в 15:02, Менеджер Анна <\nzakaz@shop.example>:\n\n> Наш текст\n>\n> С уважением, Анна",
    "Gmail, English": "On Tue, Mar 3, 2026 at 3:02 PM Anna <zakaz@shop.example> wrote:\n\n> Наш текст",
    "Gmail, wrapped": "On Tue, Mar 3, 2026 at 3:02 PM Anna with a very long name\n<zakaz@shop.example> wrote:\n> Наш текст",
    "Mail.ru": f">Среда, 4 марта 2026, 9:48 +03:00 от {OURS}:\n> \n> Наш текст",
    "Mail.ru, web": f"Среда, 4 марта 2026, 9:48 +03:00 от {OURS}:\n\nНаш текст",
    "Yandex": '04.03.2026, 12:05, "Менеджер Анна" <zakaz@shop.example>:\nНаш текст',
    "Yandex, new": "кому: p@zavod.example; 4 марта 2026 г., 12:05, Анна <zakaz@shop.example> написал(а):\n> Наш текст",
    "Rambler": f"04.03.2026, 12:05, {OURS} написал:\n\nНаш текст",
    "Apple, Russian": f"> 4 марта 2026 г., в 18:40, {OURS} написал(а):\n> \n> Наш текст",
    "Apple, English": "> On Mar 4, 2026, at 18:40, Anna <zakaz@shop.example> wrote:\n> \n> Наш текст",
    "Thunderbird, Russian": "04.03.2026 12:05, Менеджер Анна пишет:\n> Наш текст\n> \n",
    "Thunderbird, English": "On 04/03/2026 12:05, Anna wrote:\n> Наш текст",
    "The Bat!": "Вы писали 4 марта 2026 г., 12:05:22:\n\nАК> Наш текст\nАК> и ещё",
    "The Bat!, English": "You wrote on Wednesday, March 4, 2026, 12:05:22:\n\n> Наш текст",
    "Roundcube": "Менеджер Анна писал 2026-03-04 12:05:\n> Наш текст",
    "Roundcube, English": "On 2026-03-04 12:05, Anna wrote:\n> Наш текст",
    "Samsung": f"-------- Исходное сообщение --------\nОт: {OURS}\nДата: 04.03.2026 12:05 (GMT+03:00)\nКому: p@zavod.exam"
    f"ple\nТема: счёт\n\nНаш текст",
    "Android, English": f"-------- Original message --------\nFrom: {OURS}\nDate: 04/03/2026 12:05 (GMT+03:00)\nTo: p@zavod.exampl"
    f"e\nSubject: bill\n\nНаш текст",
    "two levels": "> Наш текст\n>> ваш прежний\n>>> наш прежний",
    "a name alone": "Анна Кузнецова пишет:\n\n> Наш текст",
}


@pytest.mark.parametrize("program", HISTORIES)
def test_the_history_below_an_answer_is_no_words_of_the_author(program: str) -> None:
    found = answer(f"Добрый день!\n\nБерём 2 шт.\n\n{HISTORIES[program]}")
    assert found.new_text == "Добрый день!\n\nБерём 2 шт."
    assert "Наш текст" in found.quoted


@pytest.mark.parametrize("phone", ["+7-928-174-66-02", "8 (928) 174-66-02", "8-928-174-66-02"])
def test_a_telephone_right_above_the_history_is_no_date_of_it(phone: str) -> None:
    found = answer(f"Берём 2 шт.\n-- \nАртём Лысенко\n{phone}\n{HISTORIES['Yandex']}")
    assert found.signature.split("\n")[-1] == phone
    assert "Наш текст" in found.quoted


HTML_HISTORIES = {
    "Gmail": '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">вт, 3 мар. 2026&nbsp;г. в 15:02, {0}:<br></div'
    '><blockquote class="gmail_quote">Наш текст</blockquote></div>',
    "Mail.ru": '<blockquote style="border-left:1px solid #0857A6">Среда, 4 марта 2026, 9:48 +03:00 от {0}:<br><div>Наш те'
    "кст</div></blockquote>",
    "Yandex": '<div>04.03.2026, 12:05, "Анна" {0}:</div><blockquote><div>Наш текст</div></blockquote>',
    "Apple": '<blockquote type="cite"><div>4 марта 2026 г., в 18:40, {0} написал(а):</div><br><div>Наш текст</div></blo'
    "ckquote>",
    "Thunderbird": '<div class="moz-cite-prefix">04.03.2026 12:05, Анна пишет:<br></div><blockquote type="cite">Наш текст</bl'
    "ockquote>",
    "Outlook": "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>От:</b> {0}<br><b>Отправлен"
    "о:</b> 3 марта 2026 г. 14:20<br><b>Кому:</b> Пётр<br><b>Тема:</b> счёт</p></div><p class=MsoNormal>Наш те"
    "кст</p>",
    "Outlook on the web": '<hr><div id="divRplyFwdMsg"><b>От:</b> {0}<br><b>Отправлено:</b> 3 марта 2026 г. 14:20<br><b>Кому:</b> Пё'
    "тр<br><b>Тема:</b> счёт<div>&nbsp;</div></div><div>Наш текст</div>",
    "Yahoo": '<div class="yahoo_quoted"><div>On Tuesday, March 3, 2026, 02:20 PM, Anna {0} wrote:</div><blockquote>Наш '
    "текст</blockquote></div>",
}


@pytest.mark.parametrize("program", HTML_HISTORIES)
def test_the_history_below_an_answer_in_html(program: str) -> None:
    history = HTML_HISTORIES[program].replace("{0}", "&lt;zakaz@shop.example&gt;")
    found = answer(f"<div>Добрый день!</div><div>Берём 2 шт.</div>{history}", kind="text/html")
    assert found.new_text == "Добрый день!\nБерём 2 шт."
    assert "Наш текст" in found.quoted


def test_answers_between_quoted_lines_are_kept() -> None:
    body = "Вы писали 5 марта 2026 г., 9:14:22:\n\nАК> Сколько?\n\n30 шт.\n\nАК> Куда?\n\nВ Тулу.\n"
    assert answer(body).new_text == "30 шт.\n\nВ Тулу."


def test_an_answer_below_the_quotation_is_kept() -> None:
    assert answer("04.03.2026 12:05, Анна пишет:\n> Берёте?\n\nДа, берём.").new_text == "Да, берём."


def test_text_that_looks_like_quotation_all_of_it_is_the_authors() -> None:
    assert answer("> Прошу счёт\n> на патрон", subject="счёт").new_text == "Прошу счёт\nна патрон"


@pytest.mark.parametrize(
    "line",
    [
        "Отгрузка 5 марта 2026 в 10:00, адрес тот же:",
        "Дата: 5 марта",
        "От вас нужен счёт:",
        "Напишите на a@b.example:",
        "Тема: заявка",
    ],
)
def test_a_line_that_only_resembles_a_separator_is_the_authors(line: str) -> None:
    assert answer(f"Добрый день!\n{line}\nпатрон, 2 шт.").new_text == f"Добрый день!\n{line}\nпатрон, 2 шт."


FORWARDS = {
    "Outlook": "-----Исходное сообщение-----\nОт: Чирков В.И. [mailto:c@zavod.example]\nОтправлено: 4 марта 2026 г. 7:58"
    "\nКому: Вахрушева Н.П.\nТема: надо\n\n{}",
    "Gmail": "---------- Forwarded message ---------\nОт: Чирков <c@zavod.example>\nDate: чт, 5 мар. 2026 г. в 16:11\nS"
    "ubject: надо\nTo: Наталья <n@zavod.example>\n\n\n{}",
    "Thunderbird": "-------- Перенаправленное сообщение --------\nТема: надо\nДата: Thu, 5 Mar 2026 16:11:00 +0300\nОт: Чирко"
    "в <c@zavod.example>\nКому: n@zavod.example\n\n{}",
    "Apple": "Начало переадресованного сообщения:\n\nОт: Чирков <c@zavod.example>\nТема: надо\nДата: 5 марта 2026 г.,"
    " 16:11:00 GMT+3\nКому: n@zavod.example\n\n{}",
    "Yandex": '-------- Пересылаемое сообщение --------\n05.03.2026, 16:11, "Чирков" <c@zavod.example>:\n\n{}\n\n-------'
    "- Конец пересылаемого сообщения --------",
    "Mail.ru": "-------- Пересылаемое сообщение --------\nОт: Чирков <c@zavod.example>\nКому: n@zavod.example\nДата: Четв"
    "ерг, 5 марта 2026, 16:11 +03:00\nТема: надо\n\n{}",
    "The Bat!": "This is a forwarded message\nFrom: Чирков <c@zavod.example>\nTo: n@zavod.example\nDate: Thursday, March"
    " 5, 2026, 16:11\nSubject: надо\n\n===8<==============Original message text===============\n{}",
}


@pytest.mark.parametrize("program", FORWARDS)
def test_a_forwarded_letter_is_read_without_its_headers(program: str) -> None:
    body = "Прошу счёт, см. ниже.\n\n" + FORWARDS[program].format("Вал 16К20 - 2 шт")
    found = message(letter(body, "Subject: Fwd: надо"))
    assert found.new_text == "Прошу счёт, см. ниже.\n\nВал 16К20 - 2 шт"
    assert found.forwarded == "Вал 16К20 - 2 шт"


def test_our_own_offer_that_is_forwarded_back_is_history() -> None:
    history = HISTORIES["Outlook, old"]
    found = message(letter(f"Прошу счёт по этому.\n\n{history}", "Subject: FW: КП"))
    assert (found.new_text, found.forwarded) == ("Прошу счёт по этому.", "")


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Заявка", "Заявка"),
        ("FW: надо  заказать", "надо заказать"),
        ("Re: Fwd: RE[2]: счёт", "счёт"),
        ("Ответ: Заявка: патрон", "Заявка: патрон"),
        ("Re:", ""),
        ("Ремонт: станок", "Ремонт: станок"),
    ],
)
def test_a_subject_without_the_marks_of_answers_and_forwards(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare
