"""Letters that want something of us: lists and advertising, suppliers' offers, people who look for work."""

from __future__ import annotations

import re

from mailsync.reading.model import Message

_ADVERTISING = re.compile(
    r"отписаться|отказаться\sот\s(?:рассылки|подписки)|вы\sполучили\sэто\sписьмо,?\sпотому|"
    r"подписан[ыа]?\sна\s(?:нашу\s)?рассылк|unsubscribe|"
    r"не\sхотите\s(?:больше\s)?получать|если\sписьмо\sотображается\sнекорректно|открыть\s(?:письмо\s)?в\sбраузере|"
    r"view\s(?:this\semail\s)?in\s(?:your\s)?browser|"
    r"ответьте\s«?отказ|рассылк[аи]\s(?:компании|осуществ)",
    re.IGNORECASE,
)
_TENDER = r"(?:закупк|тендер|запрос|конкурс|торг[аи]|котиров|аукцион|отбор|переторж|редукцион|процедур)"
_OFFER = re.compile(
    r"\b(?:предлага(?:ем|ю)\b(?!\s(?:[\w-]{1,20}\s){0,3}?(?:встре|созвон|перен|замен|подпис|обсуд|соглас|участ|подать|"
    r"представить|дать|указать))|рады\sпредложить|"
    r"\b(?:можем|готовы?|хотим|хотели\sбы|могли\sбы)\s(?:\w{1,12}\s){0,2}?(?:поставлять|предложить|предлагать|снабжать)|"
    r"готовы\s(?:дать|предоставить|сделать)\s(?:\w{1,12}\s){0,2}?(?:отсрочк|скидк)|\bдержим\sна\sскладе|"
    r"минимальн\w{2}\s(?:партия|заказ)|\bмы\s(?:торгуем|продаем|изготавливаем|занимаемся\s(?:поставк|изготовл|продаж))|"
    r"предложени[ея]\sо\s(?:сотрудничестве|поставк)|ниже\sрын|"
    r"(?:направля|высыла|присыла|представля)(?:ем|ю)\s(?:[\w-]{1,20}\s){0,2}?наш[еуи]?\s(?:[\w-]{1,20}\s){0,2}?"
    r"(?:предложени|прайс|каталог|презентаци|ассортимент)|"
    r"наша\s(?:компания|фирма|фабрика)\s|мы\s[-–—]?\s?(?:завод|производител|поставщик|дилер|официальн|представител|"
    r"являемся|производим|поставляем)|"
    r"(?:официальн|прям|эксклюзивн)\w{2,4}\s(?:дилер|дистриб|поставщик|представител)|"
    r"(?:ищем|приглашаем)\s(?:дилер|партн[её]р|дистриб|покупател|представител)|\bmoq\b|"
    r"(?:стать|быть)\sваш\w{1,2}\s(?:[\w-]{1,20}\s)?(?:поставщик|партн[её]р)|оптовы[ем]\sцен|"
    r"(?:действует|проводим|объявляем)\s(?:акци|скидк|распродаж)|скидк[аи]\s(?:до\s)?\d|распродаж|спецпредложени|"
    r"специальное\sпредложение|"
    rf"приглашаем\s(?:вас\s)?(?:принять\sучастие\sв\s(?!(?:[\w-]{{1,20}}\s){{0,3}}?{_TENDER})|посетить|"
    r"на\s(?:выставк|вебинар|семинар|конференц))|выгодн(?:ые|ых)\s(?:цен|услови)|"
    r"только\s(?:до|сегодня|в\s(?:марте|апреле|мае|июне|июле|августе|сентябре|октябре|ноябре|декабре|январе|"
    r"феврале))\s|"
    r"прайс(?:-лист)?\s(?:во\sвложении|прилагаем)|будем\sрады\s(?:видеть\sвас\sв\sчисле|сотрудничеств)|"
    r"надеемся\sна\s(?:взаимовыгодное|плодотворное))",
    re.IGNORECASE,
)
_MASS = re.compile(
    r"уважаемые\s(?:коллеги|партн[её]ры|клиенты|господа|дамы|друзья|руководител)|уважаемый\s(?:клиент|партн[её]р|"
    r"руководител)",
    re.IGNORECASE,
)
_RESUME = re.compile(
    r"\bрезюме\b|\bваканси|соискател|ищу\sработу|рассмотрите\sмою\sкандидатуру|curriculum\svitae|\bCV\b", re.IGNORECASE
)


_LIST_HEADERS = (
    "list-id", "list-unsubscribe", "feedback-id", "x-campaign", "x-mailru-msgtype", "x-mailgun-tag",
    "x-csa-complaints", "x-mailing-list", "list-post",
)  # fmt: skip


def bulk(message: Message) -> str | None:
    """Why this is a newsletter, a list's letter or advertising, or None."""
    marks = [name for name in _LIST_HEADERS if name in message.headers]
    precedence = message.word("precedence")
    if precedence in {"bulk", "list", "junk"}:
        marks.append(f"precedence: {precedence}")
    advertising = bool(_ADVERTISING.search(message.text))
    if message.in_reply_to and not advertising and marks:
        return None
    if marks:
        return f"признак рассылки {marks[0]}"
    offers = len({found.casefold() for found in _OFFER.findall(message.text[:20_000])})
    if advertising and (offers or _MASS.search(message.text[:2_000])):
        return "рекламный текст со ссылкой на отписку"
    if offers >= 4 or (offers >= 3 and _MASS.search(message.text[:2_000])):
        return "рекламный текст"
    return None


def offers_to_us(message: Message) -> str | None:
    """Why a person's letter sells to us or asks for work, so that nothing in it is ordered; or None."""
    text = message.new_text[:20_000]
    if _RESUME.search(message.subject) or (_RESUME.search(text) and not re.search(r"\bсч[её]т\b", text, re.IGNORECASE)):
        return "резюме или поиск работы"
    if _OFFER.search(text):
        return "предложение поставщика"
    return None
