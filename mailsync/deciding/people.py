"""Who writes: whether they belong to a thread, and to whom we answer."""

from __future__ import annotations

from mailsync.deciding.facts import Thread
from mailsync.reading.model import Order, Reading


def recipient(reading: Reading) -> str | None:
    """To whom a letter of ours would go: From, or Reply-To where a form's rule or the sender's own domain asks for it.

    A Reply-To elsewhere would let anybody make us write to anybody, and so would one within a public mail service.
    """
    message = reading.message
    reply_to = message.reply_to[0] if message.reply_to else None
    if reading.form:
        if reading.form.customer_from == "reply_to" and reply_to:
            return reply_to.address
        emails = (reading.order or Order()).contact.emails
        return emails[0] if emails else None
    sender = message.sender
    if reply_to and sender and reply_to.domain == sender.domain and sender.domain not in PUBLIC_DOMAINS:
        return reply_to.address
    return sender.address if sender else None


def belongs(reading: Reading, thread: Thread) -> bool:
    """Whether the sender belongs to a thread: an address of it, or a colleague who quotes a letter that only it got."""
    sender = reading.message.sender
    if sender is None:
        return False
    if sender.address in thread.participants:
        return True
    domains = {address.rpartition("@")[2] for address in thread.participants} - PUBLIC_DOMAINS
    return thread.sealed and sender.domain in domains


PUBLIC_DOMAINS = frozenset(
    "mail.ru bk.ru inbox.ru list.ru internet.ru xmail.ru yandex.ru yandex.com ya.ru yandex.by yandex.kz narod.ru "
    "rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru gmail.com googlemail.com outlook.com hotmail.com live.com "
    "msn.com icloud.com me.com mac.com yahoo.com proton.me protonmail.com gmx.com gmx.net aol.com tut.by mail.kz "
    "ukr.net vk.com qip.ru pochta.ru nm.ru sibmail.com ngs.ru e1.ru".split()
)
