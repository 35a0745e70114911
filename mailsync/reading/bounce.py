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
    r"undeliver|delivery\s(?:status\s)?(?:notification|failure|failed|has\sfailed|incomplete|delayed|report|"
    r"problem)|mail\sdelivery\s(?:failed|failure|system)|"
    r"returned\s(?:mail|to\ssender)|failure\snotice|delivery\serror|could\snot\sbe\sdelivered|"
    r"message\snot\sdelivered|недоставлен|не\sдоставлен|"
    r"не\sудалось\sдоставить|ошибка\sдоставки|сбой\sдоставки|невозможно\sдоставить|отч[её]т\sо\sдоставке|"
    r"не\sможет\sбыть\sдоставлен|"
    r"(?:предупреждение|уведомление).{0,20}(?:доставк|задержк)|warning:\smessage",
    re.IGNORECASE,
)
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
    r"mailbox\s(?:is\s)?full|over\s?quota|quota\sexceeded|переполнен|превышен|delayed|will\sbe\sretried|"
    r"still\strying|задерж|повторн|try\sagain|"
    r"temporar|временно|warning",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<?([\w.+=%&'*/-]{1,64}@[\w.-]{1,190}\w)>?")
_COPY = re.compile(
    r"^[-=\s*]{0,40}(?:this is a copy of (?:the|your) message|below this line is a copy|original message|"
    r"копия (?:вашего|исходного) (?:сообщения|письма)|"
    r"исходное (?:сообщение|письмо)|returned message|текст (?:вашего )?(?:сообщения|письма)|"
    r"заголовки (?:исходного )?(?:сообщения|письма))",
    re.IGNORECASE | re.MULTILINE,
)
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
        return Report(_with_original(Bounce(reason="прочитано"), message, body), "уведомление о прочтении (RFC 8098)")
    if "message/feedback-report" in kinds:
        return Report(_with_original(_complaint(body), message, body), "жалоба на письмо (RFC 5965)")
    status = [octets for kind, octets in body.reports if kind.endswith("delivery-status")]
    if status:
        return Report(
            _with_original(_delivery_status(b"\n\n".join(status)), message, body), "отчёт о доставке (RFC 3464)"
        )
    if _is_plain_report(message):
        return Report(_with_original(_plain(message), message, body), "сообщение почтового сервера о недоставке")
    return None


def _is_plain_report(message: Message) -> bool:
    daemon = message.sender is not None and bool(_DAEMON.match(message.sender.address))
    null_path = message.envelope_from == ""
    if "x-failed-recipients" in message.headers:
        return True
    return bool(_SUBJECT.search(message.subject)) and (daemon or null_path)


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
    fields = _fields(decode(octets)[0])
    recipients = [_bare(value) for value in fields.get("original-recipient", []) + fields.get("final-recipient", [])]
    final = [_bare(value) for value in fields.get("final-recipient", [])]
    status = next((found[0] for value in fields.get("status", []) if (found := _STATUS.search(value))), None)
    diagnostic = next(iter(fields.get("diagnostic-code", [])), "")
    action = " ".join(fields.get("action", [])).casefold()
    reason = diagnostic.partition(";")[2].strip() or diagnostic or action
    permanent = "failed" in action and (status or "5").startswith("5") and not _is_full(status, reason)
    known = tuple(dict.fromkeys(filter(None, final or recipients)))
    return Bounce(known, permanent, status, reason[:_REASON])


def _is_full(status: str | None, reason: str) -> bool:
    """A full mailbox is no dead address, whatever class its code has."""
    return status in {"5.2.2", "4.2.2"} or bool(
        re.search(r"quota|mailbox\s(?:is\s)?full|переполнен", reason, re.IGNORECASE)
    )


def _complaint(body: Body) -> Bounce:
    text = "\n".join(decode(octets)[0] for kind, octets in body.reports if kind == "message/feedback-report")
    fields = _fields(text)
    recipients = tuple(
        dict.fromkeys(
            filter(None, map(_bare, fields.get("original-rcpt-to", []) + fields.get("removal-recipient", [])))
        )
    )
    return Bounce(recipients, permanent=False, reason=f"жалоба: {next(iter(fields.get('feedback-type', [])), 'abuse')}")


def _plain(message: Message) -> Bounce:
    """The prose of servers that send no RFC 3464 report: Exim, qmail, Mail.ru, Yandex, Exchange."""
    copy = _COPY.search(message.text)
    said = message.text[: copy.start()] if copy else message.text[:6_000]
    failed = message.headers.get("x-failed-recipients", ())
    addresses = [found.lower() for value in failed for found in _ADDRESS.findall(value)] or [
        found.lower() for found in _ADDRESS.findall(said)
    ]
    own = {address.address for address in message.to} | ({message.sender.address} if message.sender else set())
    recipients = tuple(dict.fromkeys(address for address in addresses if address not in own))[:20]
    status = found[0] if (found := _STATUS.search(said)) else None
    code = found[1] if (found := _REPLY_CODE.search(said)) else None
    hard = (status or code or "").startswith("5") or bool(_PERMANENT_WORDS.search(said))
    soft = _is_full(status, said) or bool(_TEMPORARY_WORDS.search(said) and not (status or code or "").startswith("5"))
    return Bounce(recipients, hard and not soft, status, _reason(said, recipients))


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
    known = message.in_reply_to or message.references[-1:]
    return replace(bounce, original_message_id=known[0]) if known else bounce
