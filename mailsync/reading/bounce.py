"""Reports about letters of ours.

Delivery status (RFC 3464) and the prose of old servers, read receipts (RFC 8098), complaints (RFC 5965).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mailsync.reading import headers
from mailsync.reading.body import Body
from mailsync.reading.charset import decode
from mailsync.reading.model import Bounce, Message

_DAEMON = re.compile(
    r"^(?:mailer[-_.]?daemon|postmaster|mail[-_.]?delivery|maildelivery|mdaemon|bounces?|mailerdaemon)\b", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver|non-?deliver|delivery\s(?:status\s)?(?:notification|failure|failed|has\sfailed|incomplete|delayed|"
    r"report|problem|warning)|"
    r"mail\sdelivery\s(?:failed|failure|system|warning)|mail\ssystem\serror|returned\s(?:mail|to\ssender)|"
    r"returning\s(?:message\s)?to\ssender|"
    r"(?:failure|failed)\s(?:notice|delivery|mail)|delivery\serror|could\snot\sbe\sdelivered|(?:mail|"
    r"message)\snot\sdelivered|user\sunknown|"
    r"недоставлен|не\sдоставлен|не\sудалось\sдоставить|ошибка\sдоставки|сбой\sдоставки|невозможно\sдоставить|"
    r"отч[её]т\sо\sдоставке|"
    r"не\sможет\sбыть\sдоставлен|(?:предупреждение|уведомление).{0,20}(?:доставк|задержк)|warning:\smessage|"
    r"возвращ[её]нн\w{2}\sпочт",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"^\s{0,5}(?:re|fwd?|ответ)\s?:", re.IGNORECASE)
_FIELD = re.compile(r"^([A-Za-z-]{2,40}):[ \t]{0,9}([^\n]*(?:\n[ \t]+[^\n]*){0,20})", re.MULTILINE)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY_CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[\s-](?:[#\w<«]|$))")
_PERMANENT_WORDS = re.compile(
    r"user\sunknown|unknown\suser|no\ssuch\s(?:user|mailbox|address|recipient)|does\s?n[o']t\sexist|not\sexist|"
    r"invalid\s(?:recipient|mailbox|address)|"
    r"recipient\s(?:address\s)?rejected|user\snot\sfound|address\snot\sfound|mailbox\s(?:unavailable|not\sfound|"
    r"is\sdisabled)|account\s(?:is\s)?disabled|"
    r"нет\sтакого|не\s(?:существует|найден)|отключ[её]н|заблокирован|unrouteable\saddress|domain\snot\sfound|"
    r"host\snot\sfound|permanent",
    re.IGNORECASE,
)
_TEMPORARY_WORDS = re.compile(
    r"delayed|will\sbe\sretried|still\s(?:trying|being)|try\sagain\slater|retry\stimeout|timed?\s?out|temporar|warning|"
    r"задерж|повторн\w{2,3}\sпопыт|временно|будет\sповторен",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(
    r"mailbox\s(?:is\s)?full|over\s?quota|quota\s(?:exceeded|violation)|exceed\w{0,3}\s(?:\w{1,12}\s){0,3}quota|"
    r"full\smailbox|"
    r"переполнен|превышен\w{0,2}\s(?:\w{1,15}\s){0,2}(?:квот|лимит|размер)|недостаточно\sместа",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<![\w.+=%&*/-])(?:smtp[=:])?(\w[\w.+%&*/-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_COPY = re.compile(
    r"^[-=\s*]{0,40}(?:this is a copy of (?:the|your) message|below this line is a copy|original message|"
    r"копия (?:вашего|исходного) (?:сообщения|письма)|"
    r"исходное (?:сообщение|письмо)|returned message|текст (?:вашего )?(?:сообщения|письма)|"
    r"заголовки (?:исходного )?(?:сообщения|письма))",
    re.IGNORECASE | re.MULTILINE,
)
_RETURNED_HEADERS = re.compile(r"^(?:received|return-path):\s", re.IGNORECASE | re.MULTILINE)
_QUOTED_FIELD = re.compile(
    r"^[\s>|]{0,8}(?:to|cc|from|sender|subject|sent|date|message-id|reply-to|in-reply-to|references|"
    r"list-[a-z]{1,12}|x-[a-z-]{1,30})\s?:",
    re.IGNORECASE,
)
_LETTER_ID = re.compile(r"message-id\b[^\n<]{0,60}(<[^<>\s]{1,900}>)", re.IGNORECASE)
_SERVICE_ADDRESS = re.compile(r"(?:mailer-daemon|postmaster|abuse|helpdesk|support|uucp)@", re.IGNORECASE)
_HEAD = 6_000
_REASON = 300


@dataclass(frozen=True, slots=True)
class Report:
    """What the report says, and the line that names its sort."""

    bounce: Bounce
    why: str


def read(message: Message, body: Body) -> Report | None:
    """The report that this letter is, or None where it is none."""
    kinds = {kind for kind, _ in body.reports}
    if "message/disposition-notification" in kinds:
        return Report(_with_original(_receipt(body), message, body), "уведомление о прочтении (RFC 8098)")
    if "message/feedback-report" in kinds:
        return Report(_with_original(_complaint(body), message, body), "жалоба на письмо (RFC 5965)")
    status = [octets for kind, octets in body.reports if kind.endswith("delivery-status")]
    if status:
        said = _delivery_status(b"\n\n".join(status))
        if not said.recipients:
            prose = _plain(message, body)
            said = replace(prose, status=said.status or prose.status, reason=said.reason or prose.reason)
        return Report(_with_original(said, message, body), "отчёт о доставке (RFC 3464)")
    if _is_plain_report(message):
        return Report(_with_original(_plain(message, body), message, body), "сообщение почтового сервера о недоставке")
    return None


def _is_plain_report(message: Message) -> bool:
    address = message.sender.address if message.sender else ""
    if "x-failed-recipients" in message.headers or address.startswith("mailer-daemon@"):
        return True
    if not _SUBJECT.search(message.subject):
        return False
    if _DAEMON.match(address) or message.envelope_from == "" or not address:
        return True
    return not _ANSWER.match(message.subject) and bool(_PERMANENT_WORDS.search(message.text[:_HEAD]))


def _fields(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for match in _FIELD.finditer(text[:200_000]):
        found.setdefault(match[1].casefold(), []).append(" ".join(match[2].split()))
    return found


def _bare(value: str) -> str:
    """The address of "rfc822; a@b" (RFC 3464, 2.3)."""
    found = _ADDRESS.search(value.partition(";")[2] or value)
    return found[1].lower() if found else ""


def _delivery_status(octets: bytes) -> Bounce:
    """The worst of what the recipients' groups say (RFC 3464, 2.3): whom it failed for ever, else all of them."""
    groups = [_group(_fields(text)) for text in decode(octets)[0].split("\n\n")]
    known = [group for group in groups if group.recipients or group.status]
    worst = [group for group in known if group.permanent] or known
    recipients = tuple(dict.fromkeys(address for group in worst for address in group.recipients))
    return replace(worst[0], recipients=recipients) if worst else Bounce()


def _group(fields: dict[str, list[str]]) -> Bounce:
    """What one group says about one recipient."""
    original = [_bare(value) for value in fields.get("original-recipient", [])]
    final = [_bare(value) for value in fields.get("final-recipient", [])]
    status = next((found[0] for value in fields.get("status", []) if (found := _STATUS.search(value))), None)
    diagnostic = next(iter(fields.get("diagnostic-code", [])), "")
    action = " ".join(fields.get("action", [])).casefold()
    reason = diagnostic.partition(";")[2].strip() or diagnostic or action
    failed = any(word in action for word in ("fail", "error")) or (not action and (status or "").startswith("5"))
    permanent = failed and (status or "5").startswith("5") and not _is_full(status, reason)
    known = tuple(dict.fromkeys(filter(None, original if any(original) else final)))
    return Bounce(known, permanent, status, reason[:_REASON])


def _is_full(status: str | None, reason: str) -> bool:
    """A full mailbox is no dead address, whatever class its code has."""
    return status in {"5.2.2", "4.2.2"} or bool(_FULL_WORDS.search(reason))


def _receipt(body: Body) -> Bounce:
    fields = _fields("\n".join(decode(octets)[0] for kind, octets in body.reports if "disposition" in kind))
    disposition = " ".join(fields.get("disposition", [])).casefold()
    recipients = tuple(dict.fromkeys(filter(None, map(_bare, fields.get("final-recipient", [])))))
    return Bounce(recipients, reason="удалено непрочитанным" if "deleted" in disposition else "прочитано")


def _complaint(body: Body) -> Bounce:
    text = "\n".join(decode(octets)[0] for kind, octets in body.reports if kind == "message/feedback-report")
    fields = _fields(text)
    recipients = tuple(
        dict.fromkeys(
            filter(None, map(_bare, fields.get("original-rcpt-to", []) + fields.get("removal-recipient", [])))
        )
    )
    return Bounce(recipients, permanent=False, reason=f"жалоба: {next(iter(fields.get('feedback-type', [])), 'abuse')}")


def _plain(message: Message, body: Body) -> Bounce:
    """The prose of servers that send no RFC 3464 report: Exim, qmail, Mail.ru, Yandex, Exchange, and many older."""
    said = _own_words(message.text)
    status = found[0] if (found := _STATUS.search(said)) else None
    code = found[1] if (found := _REPLY_CODE.search(said)) else None
    first = (status or code or "")[:1]
    soft = _is_full(status, said) or (
        first != "5" and not _PERMANENT_WORDS.search(said) and bool(_TEMPORARY_WORDS.search(said))
    )
    recipients = _recipients(message, said, body)
    return Bounce(recipients, not soft and first != "4", status, _reason(said, recipients))


def _own_words(text: str) -> str:
    """What the server says, without the letter that it returns."""
    copy = _COPY.search(text)
    said = text[: copy.start()] if copy and copy.start() > 0 else text
    headers_begin = _RETURNED_HEADERS.search(said)
    return said[: headers_begin.start()][:_HEAD] if headers_begin and headers_begin.start() > 0 else said[:_HEAD]


def _recipients(message: Message, said: str, body: Body) -> tuple[str, ...]:
    """Whom the letter did not reach: the server's list, its prose, its subject, or whom the returned letter was for."""
    ours = {address.address for address in message.to} | ({message.sender.address} if message.sender else set())
    prose = "\n".join(
        line for line in said.split("\n") if not _QUOTED_FIELD.match(line) and not _LETTER_ID.search(line)
    )
    sources = ["\n".join(message.headers.get("x-failed-recipients", ())), prose, message.subject]
    sources += [" ".join(_fields(decode(octets[:100_000])[0]).get("to", [])[:1]) for octets in body.originals]
    for source in sources:
        found = dict.fromkeys(address.lower().rstrip(".") for address in _ADDRESS.findall(source))
        known = [address for address in found if address not in ours and not _SERVICE_ADDRESS.match(address)]
        if known:
            return tuple(known[:20])
    return ()


def _reason(said: str, recipients: tuple[str, ...]) -> str:
    """The paragraph that names a recipient or a code."""
    lines = [" ".join(line.split()) for line in said.split("\n")]
    for at, line in enumerate(lines):
        if (
            _STATUS.search(line)
            or _REPLY_CODE.search(line)
            or _PERMANENT_WORDS.search(line)
            or _TEMPORARY_WORDS.search(line)
        ):
            return " ".join(filter(None, lines[at : at + 3]))[:_REASON]
    return next((line for line in lines if any(one in line for one in recipients)), "")[:_REASON]


def _with_original(bounce: Bounce, message: Message, body: Body) -> Bounce:
    """Add the Message-ID of our letter: from the part that returns it, from the copy in the text, from In-Reply-To."""
    sources = [decode(octets[:100_000])[0] for octets in body.originals]
    sources += [decode(octets)[0] for kind, octets in body.reports if "disposition" in kind or "delivery" in kind]
    copy = _COPY.search(message.text)
    sources += [message.text[copy.end() :]] if copy else []
    for source in sources:
        fields = _fields(source)
        for name in ("message-id", "original-message-id"):
            for value in fields.get(name, [])[:1]:
                found = headers.message_ids(value)
                if found:
                    return replace(bounce, original_message_id=found[0])
    named = _LETTER_ID.search(message.text[:_HEAD])
    known = (named[1],) if named else message.in_reply_to or message.references[-1:]
    return replace(bounce, original_message_id=known[0]) if known else bounce
