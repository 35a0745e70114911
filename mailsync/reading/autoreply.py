"""Automatic replies: RFC 3834, the older header habits, and those that say it in words alone."""

from __future__ import annotations

import re

from mailsync.reading import evidence
from mailsync.reading.model import Message

_TEXT = 1_500  # automatic replies are short; a longer text is a person's
_ENOUGH = 2  # marks without which words alone make no automatic reply: people write about absence and receipts too

_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-vacation", "x-mail-autoreply")
_TITLE = (
    r"^\W{0,5}(?:автоответ(?:чик)?|автоматическ(?:ий|ое)\s(?:ответ|отклик|уведомление|сообщение|подтверждение)|"
    r"out\sof\s(?:the\s)?office|auto(?:matic)?[\s:-]{0,2}(?:reply|response|antwort)|abwesenheits?\w{0,9}|vacation|"
    r"вне\sофиса|(?:меня\s)?нет\sна\s(?:рабочем\s)?месте|(?:я\s)?в\sотпуске)(?!\w)"
)
_TITLE_ALONE = re.compile(_TITLE + r"\s{0,3}(?:[:(\[]|$)", re.IGNORECASE)
_RECEIPT = (
    r"(?:обращени|заявк|запрос|письмо|сообщени|тикет|ticket|request)\w{0,2}\s[^.?!]{0,40}?"
    r"(?:принят|получен|зарегистрирован|создан|received|registered|opened)"
)
_IN_SUBJECT = (
    re.compile(_TITLE, re.IGNORECASE),
    re.compile(
        rf"^\W{{0,5}}(?:\[[^\]]{{1,40}}\]\s)?(?:ваш[ае]?\s|your\s)?{_RECEIPT}|"
        r"^\[[^\]]{1,40}\]\s(?:получен|принят)",
        re.IGNORECASE,
    ),
)
_IN_TEXT = {
    "об отсутствии": re.compile(
        r"(?:нахожусь|нахо[дж]\w{1,4}|буду|я|сейчас|время)\s(?:[\w-]{1,15}\s){0,3}?"
        r"(?:в\s(?:\w{1,15}\s)?отпуске|в\sкомандировке|на\sбольничном|вне\sофиса)|"
        r"меня\sнет\s(?:на\s(?:рабочем\s)?месте|в\sофисе)|отсутствую\sна|"
        r"(?:i\sam|i'm|i\swill\sbe)\s(?:currently\s)?(?:out\sof\s(?:the\s)?office|on\s(?:annual\s)?(?:leave|vacation))|"
        r"больше\sне\sработает\sв|адрес\s\S{1,80}\s(?:закрыт|не\s(?:используется|обслуживается))",
        re.IGNORECASE,
    ),
    "к кому обратиться": re.compile(
        r"(?:по\s(?:[\w-]{1,15}\s){0,2}?вопросам|если\sсрочно)[^.!?\n]{0,60}?(?:обращ|пиш|звон|свя[зж]|направл)|"
        r"(?:письма|заявки)\s[^.!?\n]{0,40}?(?:направля|адресу)|не\s(?:переадресу|пересыла)|"
        r"(?:почту|письма)\s(?:\w{1,12}\s)?не(?:\s|регулярно)|for\surgent\s|limited\saccess|will\snot\sbe\sforwarded",
        re.IGNORECASE,
    ),
    "о роботе": re.compile(
        r"это\s(?:автоматическ|(?:письмо|сообщение)\s(?:сформировано|создано|отправлено|сгенерировано)\sавтоматически)|"
        r"письмо\s(?:отправлено|создано|сформировано)\s(?:автоматически|роботом)|"
        r"(?:не\s(?:нужно|надо|следует|требуется)\sотвечать|не\sотвечайте)\sна\s(?:это|данное|него)|"
        r"отвечать\sна\s(?:это\s|данное\s|него\s?)(?:письмо\s|сообщение\s)?не\s|"
        r"this\sis\san\sauto(?:mated|matic)|do\snot\sreply\sto\sthis",
        re.IGNORECASE,
    ),
    "о приёме обращения": re.compile(rf"{_RECEIPT}|присвоен\w?\sномер", re.IGNORECASE),
}
_ROBOT = re.compile(
    r"^(?:no-?_?\.?reply|do-?not-?reply|robot|autoreply|auto-?responder|notifications?|mailer|postmaster)\b",
    re.IGNORECASE,
)


def auto_reply(message: Message) -> str | None:
    """Why this is an automatic reply, or None."""
    submitted = message.word("auto-submitted").partition(";")[0].partition("(")[0].strip()
    if submitted.startswith("auto-"):
        return f"Auto-Submitted: {submitted}"
    for name in _HEADERS:
        if name in message.headers and message.word(name) not in {"no", "false", "0"}:
            return f"заголовок {name}"
    if message.word("precedence") in {"auto_reply", "auto-reply"}:
        return "Precedence: auto_reply"
    if "x-ms-exchange-inbox-rules-loop" in message.headers or message.word("x-ms-exchange-generated-message-source"):
        return "правило ящика Exchange"
    return None if submitted == "no" else _in_words(message)


def _in_words(message: Message) -> str | None:
    """The marks of an automatic reply that names itself only in words: at least two, and nothing counted in it."""
    text = " ".join(message.new_text.split())
    if len(text) > _TEXT or evidence.weigh(message.new_text).quantities:
        return None
    marks = [f"слова {name}" for name, pattern in _IN_TEXT.items() if pattern.search(text)]
    if "?" not in message.subject:
        if _TITLE_ALONE.match(message.subject):
            return "тема автоответа"
        marks += ["тема" for pattern in _IN_SUBJECT if pattern.match(message.subject)]
    if message.sender is not None and _ROBOT.match(message.sender.address):
        marks.append("адрес робота")
    if message.envelope_from == "":
        marks.append("пустой обратный адрес")
    return f"похоже на автоответ: {', '.join(marks)}" if len(marks) >= _ENOUGH else None
