"""A confirmation as bytes: RFC 5322 headers, RFC 3834 marks, text and HTML from the templates."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined, select_autoescape
from jinja2.exceptions import TemplateError, TemplateNotFound

from mailsync.deciding.effects import SendConfirmation
from mailsync.errors import PermanentFailure
from mailsync.ports import Envelope

SUBJECT_LIMIT = 200
POLICY = SMTP.clone(max_line_length=150)  # a name and an address on one line; some readers stumble over folded From


@dataclass(frozen=True)
class Composer:
    """Turns a SendConfirmation into an envelope. `mail_from` is the mailbox itself: hosts such as Beget accept no
    other, and bounces come home to it (RFC 3834, 3.3 would have the null path)."""

    sender: str
    sender_name: str
    mail_from: str
    copy_to_self: bool = False
    templates: str = ""

    @cached_property
    def _environment(self) -> Environment:
        built_in = PackageLoader("mailsync.confirmation", "templates")
        loaders = [FileSystemLoader(Path(self.templates)), built_in] if self.templates else [built_in]
        return Environment(
            loader=ChoiceLoader(loaders),
            autoescape=select_autoescape(("html.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def compose(self, letter: SendConfirmation, now: datetime) -> Envelope:
        """The envelope and exact bytes of one letter. Raises PermanentFailure where a template cannot be used."""
        message = EmailMessage(policy=POLICY)
        message["From"] = _mailbox(self.sender_name, self.sender)
        message["To"] = _mailbox(letter.to_name or "", letter.to)
        message["Subject"] = one_line(letter.subject, SUBJECT_LIMIT)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = letter.message_id
        if letter.in_reply_to:
            message["In-Reply-To"] = one_line(letter.in_reply_to)
            message["References"] = " ".join(map(one_line, letter.references))
        answers = letter.in_reply_to and not letter.status
        message["Auto-Submitted"] = "auto-replied" if answers else "auto-generated"  # RFC 3834, 5.1
        message["X-Auto-Response-Suppress"] = "All"
        text, html = self.render(letter)
        message.set_content(text, charset="utf-8", cte="base64")
        message.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
        message["Content-Language"] = "ru"
        message.set_boundary("=_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:32])  # every try the same
        own_copy = (self.mail_from,) if self.copy_to_self else ()
        return Envelope(self.mail_from, (letter.to, *own_copy), message.as_bytes())

    def render(self, letter: SendConfirmation) -> tuple[str, str]:
        """The text and the HTML body."""
        values = {
            "reference": letter.reference,
            "name": letter.understood.name,
            "machines": letter.understood.machines,
            "items": letter.understood.items,
            "sender": self.sender,
            "sender_name": self.sender_name,
        }
        try:
            text, html = (
                self._environment.get_template(f"{letter.template}.{form}.j2").render(values)
                for form in ("txt", "html")
            )
        except TemplateNotFound as error:
            raise PermanentFailure(
                f"there is no template {error.name}",
                cure="correct its name, or add the file to confirmations.templates, then mailsync journal retry",
            ) from error
        except (TemplateError, OSError, UnicodeDecodeError) as error:
            raise PermanentFailure(
                f"the template {letter.template} cannot be used: {type(error).__name__}",
                cure="correct the files in confirmations.templates, then mailsync journal retry",
            ) from error
        return text, html


def one_line(text: str, limit: int = 900) -> str:
    """A header's value without line breaks and control characters: nothing a customer writes makes a header of ours.

    The standard library decodes what looks like an encoded word (RFC 2047) once more, line breaks in it included:
    "=?" is taken apart.
    """
    plain = "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)
    return " ".join(plain.replace("=?", "= ?").split())[:limit]


def _mailbox(name: str, address: str) -> HeaderAddress:
    local, _, domain = address.rpartition("@")
    refusal = PermanentFailure(
        "the customer's address cannot be written into a header", cure="answer the customer by hand"
    )
    if not (local and domain) or one_line(address) != address or " " in address:
        raise refusal
    try:
        return HeaderAddress(one_line(name, 100), username=local, domain=domain)
    except (ValueError, IndexError) as error:
        raise refusal from error
