"""What is read out of a letter: the values that pass between reading and deciding (order-contract).

Frozen and free of behaviour, apart from small derived properties. Texts are NFC with "\\n" line ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of letter it is (order-contract, kind)."""

    ORDER = "order"
    SERVICE = "service"
    MESSAGE = "message"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"

    @property
    def by_person(self) -> bool:
        """True where a person wrote it, so that it may be answered."""
        return self in {Kind.ORDER, Kind.SERVICE, Kind.MESSAGE}


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of RFC 5322, 3.4: `address` is addr-spec in lower case, `name` the decoded display name or None."""

    address: str
    name: str | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the letter, decoded. `filename` is for showing only: it never names anything on disk."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    sha256: str
    inline: bool = False  # shown inside the HTML body (a logo, a screenshot), not sent as a file

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells from HTML, a workbook or a document; `source` says where ("html", "заявка.xlsx, лист 1")."""

    rows: tuple[tuple[str, ...], ...]
    source: str


@dataclass(frozen=True, slots=True)
class Message:
    """A letter, taken apart (RFC 5322, RFC 2045)."""

    message_id: str | None  # with the angle brackets
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None  # aware
    subject: str
    sender: Address | None  # From; the first mailbox where there are several
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    envelope_from: str | None  # Return-Path: "" for the null path, None where the header is missing
    headers: Mapping[str, tuple[str, ...]]  # lower-case name -> decoded values, in the order of the letter
    text: str  # the whole visible text, HTML turned into text
    new_text: str  # the author's own words: no quoted history, no signature
    signature: str  # what was taken off as sign-off and signature, still in order
    quoted: str  # the quoted history
    forwarded: str  # the text of a forwarded letter, its headers left out ("" where nothing was forwarded)
    tables: tuple[Table, ...]  # tables in the author's part of the HTML body
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...] = ()  # what was broken and how it was read all the same

    def word(self, header: str) -> str:
        """The first value of a header, to be compared with words; empty where the header is missing."""
        return next(iter(self.headers.get(header, ())), "").strip().casefold()


@dataclass(frozen=True, slots=True)
class Contact:
    """The person who asks, never us. Nothing is guessed: unknown is None or empty."""

    name: str | None = None
    company: str | None = None
    inn: str | None = None
    phones: tuple[str, ...] = ()  # E.164, an extension as ";ext=12" (RFC 3966)
    emails: tuple[str, ...] = ()
    telegram: str | None = None  # "@name"


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that the letter is about (not one that is bought)."""

    model: str | None = None
    serial_number: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One ordered line: `confidence` from 0 to 1, `fragment` the text it was read from, `source` where that stood."""

    name: str
    part_number: str | None = None
    quantity: float = 1
    unit: str = "шт"
    confidence: float = 1.0
    fragment: str = ""
    source: str = "text"


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants."""

    contact: Contact = Contact()
    equipment: tuple[Machine, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says (RFC 3464). `original_message_id` is the Message-ID of the letter that bounced."""

    recipients: tuple[str, ...] = ()
    permanent: bool = False  # 5.x.x: the address is dead; otherwise delayed or full
    status: str | None = None  # "5.1.1"
    reason: str = ""  # the remote server's words, shortened
    original_message_id: str | None = None


class AuthenticationResult(StrEnum):
    """The verdict about the author's domain: `none` means that nobody we believe has said anything."""

    PASS = "pass"  # noqa: S105 - the word of RFC 8601, no password
    FAIL = "fail"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Authentication:
    """What our own server (or a DKIM check of ours) says about the From domain (RFC 8601, RFC 9989)."""

    result: AuthenticationResult = AuthenticationResult.NONE
    detail: str = ""  # "dmarc=fail header.from=..." as it was read


@dataclass(frozen=True, slots=True)
class Own:
    """Who we are, so that our own words are never taken for the customer's."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()  # E.164
    companies: frozenset[str] = frozenset()  # as written in our signatures
    telegram: frozenset[str] = frozenset()
    inns: frozenset[str] = frozenset()

    def is_own(self, address: str) -> bool:
        """True for an address of ours, by the address itself or by its domain."""
        return address.lower() in self.addresses or address.lower().rpartition("@")[2] in self.domains


@dataclass(frozen=True, slots=True)
class FormRule:
    """A generated notice (site cart, form) that is read as an order, known by its From address and subject words."""

    sender: str
    subject_contains: str = ""
    customer_from: str = "reply_to"  # "reply_to" | "body"
    confirm: bool = True


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What reading has to know beside the bytes."""

    own: Own = Own()
    authserv_id: str | None = None  # whose Authentication-Results are believed
    forms: tuple[FormRule, ...] = ()
    documents: bool = True  # False: do not open attachments (a document broke the reader before)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a letter says: the answer of `mailsync.reading.reader.read_letter`."""

    message: Message
    kind: Kind
    order: Order | None  # None for auto_reply, bounce and bulk
    bounce: Bounce | None = None
    authentication: Authentication = Authentication()
    form: FormRule | None = None  # the rule by which a generated notice counts as an order
    reasons: tuple[str, ...] = ()  # one short line for each decision, in the order in which they were taken
