"""The kind of a letter from its words and headers; every letter here was written before it was tried."""

from __future__ import annotations

import pytest

from mailsync.reading.model import FormRule, Kind, Reading, ReadingContext
from tests.reading.letters_by_hand import OWN, letter, read

PERSONAL = {
    Kind.ORDER: [
        ("Запчасти", "Прошу выставить счёт на вал 16К20.020.101 - 1 шт."),
        ("вопрос по цене", "Сколько будет стоить патрон 7100-0009?"),
        ("Заявка", "Направляем заявку на инструмент, см. вложение."),
        ("нужна гайка", "Добрый день. Нужна маточная гайка на 1К62, одна штука. Есть?"),
        ("КП", "Просим предоставить коммерческое предложение на поставку станка 2Н135."),
        ("без темы", "Подшипник 3182120 - 4 шт\nПодшипник 46216 - 2 шт\nООО Ромашка"),
        ("Ремонт станка", "Для ремонта 1М63 требуются: шестерня 1М63.02.145 - 2 шт, вилка 1М63.02.310 - 1 шт."),
        ("Re: КП 45", "Устраивает. Выставляйте счёт на обе позиции, оплатим завтра."),
        ("Re: предложение", "Ок, берём три. Реквизиты те же."),
        ("покупка", "Хотим купить у вас токарный станок 16К20 после капремонта."),
        ("наличие", "Есть ли в наличии люнет подвижный для 16К20? И какая цена?"),
        (
            "Тендер",
            "Приглашаем подать ценовое предложение на поставку резцов, спецификация: резец проходной Т15К6 - 50 шт.",
        ),
        ("RFQ", "Dear Sirs, please quote 2 pcs of chuck 7100-0035 for our lathe 16K20."),
        ("дозаказ", "Мы вчера оплатили счёт 118. Дозакажите ещё ремень В-2240 - 3 шт, пришлите отдельный счёт."),
        ("ТО и запчасти", "Просим провести ТО станка и поставить: фильтр - 2 шт, масло И-20А - 20 л. Счёт общий."),
        ("Заказ инструмента", "Здравствуйте, оформите заказ: сверло ф10 - 20 шт, фреза концевая ф16 - 5 шт."),
        ("zapros", "Dobryj den! Proshu vystavit schet na val 16K20.020, 2 sht."),
        ("привет", "Интересует цена и срок поставки шпинделя в сборе для 6Р12."),
        ("Аналог", "Подберите аналог подшипника 2-46120Л и сообщите стоимость 4 штук."),
        ("Счет", "Счет на ООО Вектор, пожалуйста: центр вращающийся КМ5 2 шт, патрон сверлильный 16 мм 1 шт"),
    ],
    Kind.SERVICE: [
        ("ремонт", "Добрый день, вышел из строя токарный станок 16К20, нужен выезд специалиста."),
        ("Диагностика", "Просим направить инженера для диагностики станка с ЧПУ, ошибка привода оси Х."),
        ("ТО", "Просим рассчитать стоимость годового технического обслуживания трёх станков."),
        ("гарантия", "Купленный у вас в мае станок перестал включаться. Требуем гарантийного ремонта."),
        ("Наладка", "Когда сможете прислать наладчика? Станок стоит с понедельника, не переключаются скорости."),
        ("пусконаладка", "Станок привезли, необходимо выполнить пусконаладочные работы и обучить оператора."),
        ("шпиндель", "Шумит шпиндель на HAAS VF-2, греется. Что посоветуете, можете приехать посмотреть?"),
        ("Вызов мастера", "Прошу вызвать мастера, потекло масло из коробки подач. Запчасти пока не нужны."),
        ("капремонт", "Сколько стоит капитальный ремонт 1К62? Станок 1975 года, изношены направляющие."),
        ("Re: Предложение", "Спасибо, запчасти не требуются. А вот ремонт гидравлики на 6Р13 нужен, приедете?"),
    ],
    Kind.MESSAGE: [
        ("где заказ", "Подскажите, когда отгрузите наш заказ по счёту № 77 от 1 марта?"),
        ("документы", "Пришлите, пожалуйста, счёт-фактуру и накладную по последней отгрузке."),
        ("Re: Счёт", "Спасибо, оплатили, платёжка во вложении."),
        ("спасибо", "Патрон получили, всё отлично, благодарим за быструю доставку!"),
        ("Акт сверки", "Направляем акт сверки за первый квартал, просим подписать и вернуть."),
        ("вопрос", "Здравствуйте, подойдёт ли патрон 250 мм на станок 1К62 без переделки?"),
        ("Re: КП", "Спасибо за предложение, пока ничего не заказываем, бюджет не утвердили."),
        ("отмена", "Просим снять с заказа позицию 3, остальное без изменений."),
        ("реквизиты", "У нас сменились банковские реквизиты, карточка во вложении."),
        ("встреча", "Анна, добрый день! Удобно ли созвониться завтра в 11?"),
        ("Резюме", "Здравствуйте! Рассмотрите моё резюме на вакансию менеджера. Опыт 5 лет."),
        ("Предложение", "Добрый день! Предлагаем вам подшипники со склада в Самаре: 3182120 - 40 шт по 7900 руб."),
        ("пропуск", "Для въезда машины пришлите, пожалуйста, ФИО водителя и номер авто."),
        ("недостача", "По накладной 5 патронов, а в ящике 4. Разберитесь, пожалуйста."),
        ("Re: заявка", "Наши контакты прежние, звоните Сергею."),
    ],
}


@pytest.mark.parametrize(
    ("kind", "subject", "body"), [(kind, *case) for kind, cases in PERSONAL.items() for case in cases]
)
def test_what_a_person_wants(kind: Kind, subject: str, body: str) -> None:
    fields = ("In-Reply-To: <1@shop.example>",) if subject.startswith("Re:") else ()
    assert read(letter(body, f"Subject: {subject}", *fields)).kind is kind


ORDER = "Прошу счёт на вал 16К20.020.101 - 1 шт."
ABSENT = "Добрый день! Я в отпуске до 15 марта. По срочным вопросам пишите Громову."


@pytest.mark.parametrize(
    ("fields", "body", "kind"),
    [
        (("Auto-Submitted: auto-replied",), ABSENT, Kind.AUTO_REPLY),
        (("Auto-Submitted: auto-generated (rule)",), ABSENT, Kind.AUTO_REPLY),
        (("X-Autoreply: yes",), "Ваше письмо получено.", Kind.AUTO_REPLY),
        (("Precedence: auto_reply",), "Ваше письмо получено.", Kind.AUTO_REPLY),
        (("Subject: Автоответ: счёт",), ABSENT, Kind.AUTO_REPLY),
        (("Subject: Out of Office: RE: bill",), "I am away.", Kind.AUTO_REPLY),
        (
            ("Subject: [HD-17] Ваша заявка зарегистрирована",),
            "Номер 17. Отвечать на это письмо не нужно.",
            Kind.AUTO_REPLY,
        ),
        (("Return-Path: <>", "Subject: Re: счёт"), f"{ABSENT} Это письмо сформировано автоматически.", Kind.AUTO_REPLY),
        (("Auto-Submitted: no",), ORDER, Kind.ORDER),
        (("X-Auto-Response-Suppress: All",), ORDER, Kind.ORDER),
        (("Subject: Отпуск запчастей",), ORDER, Kind.ORDER),
        (("List-Unsubscribe: <https://x.example/u>",), "Скидки до 30% на инструмент!", Kind.BULK),
        (("List-Id: <news.x.example>", "Precedence: bulk"), "Приглашаем на выставку.", Kind.BULK),
        (("Precedence: list",), "Тема недели: станки с ЧПУ.", Kind.BULK),
        (
            ("Subject: Акция",),
            "Уважаемые коллеги! Предлагаем вам станки, скидка до 20%. Отписаться от рассылки: x.example",
            Kind.BULK,
        ),
        (("List-Id: <snab.zavod.example>",), ORDER, Kind.ORDER),
        (("Precedence: bulk", "In-Reply-To: <1@shop.example>"), "Берём, выставляйте счёт на 2 шт.", Kind.ORDER),
    ],
)
def test_what_the_headers_say(fields: tuple[str, ...], body: str, kind: Kind) -> None:
    assert read(letter(body, *fields)).kind is kind


SITE = ReadingContext(own=OWN, forms=(FormRule("noreply@shop.example", "новый заказ"),))
FORM = "Новый заказ с сайта\nИмя: Пётр\nТелефон: +7 495 740-12-30\nТовар: Патрон 7100-0009\nКоличество: 2\n"


def from_site(*fields: str, body: str = FORM) -> Reading:
    return read(letter(body, "From: noreply@shop.example", "Auto-Submitted: auto-generated", *fields), SITE)


def test_a_sites_form_is_an_order_by_its_rule() -> None:
    reading = from_site("Subject: Новый заказ № 5")
    assert (reading.kind, reading.form) == (Kind.ORDER, SITE.forms[0])


def test_a_filled_in_form_is_an_order_without_a_rule_too() -> None:
    reading = from_site("Subject: Уведомление")
    assert (reading.kind, reading.form) == (Kind.ORDER, None)


def test_another_notice_of_the_same_sender_is_an_automatic_letter() -> None:
    assert from_site("Subject: Пароль изменён", body="Ваш пароль изменён.").kind is Kind.AUTO_REPLY


def test_letters_by_no_person_carry_no_order() -> None:
    assert read(letter(ABSENT, "Auto-Submitted: auto-replied")).order is None


def test_a_letter_that_orders_nothing_has_a_contact_and_no_items() -> None:
    reading = read(
        letter("Где патрон 7100-0009, 2 шт., по счёту № 5 от 1 марта?", "From: Пётр Иванов <p@zavod.example>")
    )
    assert reading.order is not None
    assert (reading.order.items, reading.order.contact.emails) == ((), ("p@zavod.example",))
