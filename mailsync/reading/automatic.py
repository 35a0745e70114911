"""Letters that no person wrote: automatic replies (RFC 3834 and older habits), lists and advertising."""

from __future__ import annotations

import re

from mailsync.reading.model import Message

_SUBJECT = re.compile(
    r"^\W{0,5}(?:автоответ|автоматический\s(?:ответ|отклик)|автоматическое\s(?:уведомление|сообщение|"
    r"подтверждение)|out\sof\s(?:the\s)?office|"
    r"auto(?:matic)?[\s:-]{0,2}(?:reply|response|antwort)|вне\sофиса|нет\sна\s(?:рабочем\s)?месте|я\sв\sотпуске|"
    r"в\sотпуске|"
    r"(?:\[[^\]]{1,40}\]\s)?(?:re:\s)?(?:ваш[ае]?\s(?:обращение|заявка|запрос|письмо|сообщение)|обращение|заявка|"
    r"запрос|тикет|ticket)\s.{0,40}"
    r"(?:принят|получен|зарегистрирован|создан|received|registered|opened))",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"это\s(?:письмо|сообщение)\s(?:сформировано|создано|отправлено|сгенерировано)\sавтоматически|"
    r"письмо\sотправлено\s(?:автоматически|роботом)|"
    r"(?:не\s(?:нужно|надо|следует)\sотвечать|просьба\sне\sотвечать|не\sотвечайте)\sна\s(?:это|данное|него)|"
    r"this\sis\san\sauto(?:mated|matic)|do\snot\sreply\sto\sthis|"
    r"(?:нахожусь|буду)\s(?:в\sотпуске|в\sкомандировке|на\sбольничном)\s(?:с|до|по)\s|"
    r"i\sam\s(?:currently\s)?out\sof\s(?:the\s)?office",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"^(?:no-?_?\.?reply|do-?not-?reply|noreply|robot|autoreply|auto-?responder|notification[s]?|mailer)\b",
    re.IGNORECASE,
)
_TICKET = re.compile(
    r"(?:обращение|заявка|запрос)\s(?:\S{1,20}\s){0,3}(?:зарегистрирован|принят[ао]?\b|получен)", re.IGNORECASE
)
_ADVERTISING = re.compile(
    r"отписаться|отказаться\sот\s(?:рассылки|подписки)|вы\sполучили\sэто\sписьмо,?\sпотому|"
    r"подписан[ыа]?\sна\s(?:нашу\s)?рассылк|unsubscribe|"
    r"не\sхотите\s(?:больше\s)?получать|если\sписьмо\sотображается\sнекорректно|открыть\s(?:письмо\s)?в\sбраузере|"
    r"view\s(?:this\semail\s)?in\s(?:your\s)?browser|"
    r"ответьте\s«?отказ|рассылк[аи]\s(?:компании|осуществ)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:предлагаем\s(?:вам|вашему|вашей|к\sпоставке|со\sсклада|сотрудничество|услуги|рассмотреть|широкий|"
    r"купить)|рады\sпредложить|"
    r"наша\sкомпания\s(?:предлагает|занимается|производит|является|осуществляет)|мы\s(?:являемся|производим|"
    r"поставляем|предлагаем)|"
    r"(?:действует|проводим|объявляем)\s(?:акци|скидк|распродаж)|скидк[аи]\s(?:до\s)?\d|распродаж|спецпредложени|"
    r"специальное\sпредложение|"
    r"приглашаем\s(?:вас\s)?(?:принять\sучастие|посетить|на\s(?:выставк|вебинар|семинар|конференц))|выгодн(?:ые|"
    r"ых)\s(?:цен|услови)|"
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


def _value(message: Message, name: str) -> str:
    return next(iter(message.headers.get(name, ())), "").strip().casefold()


def declared_by_person(message: Message) -> bool:
    """`Auto-Submitted: no` says that a person started the letter (RFC 3834, 5.1)."""
    return _value(message, "auto-submitted").partition(";")[0].strip() == "no"


def auto_reply(message: Message) -> str | None:
    """Why this is an automatic reply, or None."""
    submitted = _value(message, "auto-submitted").partition(";")[0].strip()
    if submitted in {"auto-replied", "auto-notified"} or (submitted.startswith("auto-") and message.in_reply_to):
        return f"Auto-Submitted: {submitted}"
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-vacation", "x-mail-autoreply"):
        if name in message.headers and _value(message, name) not in {"no", "false", "0"}:
            return f"заголовок {name}"
    if _value(message, "precedence") in {"auto_reply", "auto-reply"}:
        return "Precedence: auto_reply"
    if "x-ms-exchange-inbox-rules-loop" in message.headers or _value(message, "x-ms-exchange-generated-message-source"):
        return "правило ящика Exchange"
    if _SUBJECT.match(message.subject) and not declared_by_person(message):
        return "тема автоответа"
    if submitted.startswith("auto-"):
        return f"Auto-Submitted: {submitted}"
    robot = message.sender is not None and bool(_ROBOT.match(message.sender.address))
    head = message.new_text[:2_000]
    if _BODY.search(head) and (robot or message.envelope_from == "" or bool(_TICKET.search(head)) or len(head) < 600):
        return "текст автоответа"
    return None


def bulk(message: Message) -> str | None:
    """Why this is a newsletter, a list's letter or advertising, or None."""
    marks = [name for name in _LIST_HEADERS if name in message.headers]
    precedence = _value(message, "precedence")
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
    if offers >= 3 or (offers >= 2 and _MASS.search(message.text[:2_000])):
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
