"""Settings: `config.toml`, overridden by `MAILSYNC_SECTION__KEY`; secrets from the environment only (design, Settings).

Every section is a frozen model whose defaults are the production values, so `config.toml` documents and never
surprises. `load` gathers all problems before it complains.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from mailsync.errors import SettingsError

PREFIX = "MAILSYNC_"
Security = Literal["tls", "starttls", "plain"]
Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def _split(value: object) -> object:
    """Lists come from the environment as JSON or separated by commas."""
    if not isinstance(value, str):
        return value
    return (
        json.loads(value)
        if value.lstrip().startswith("[")
        else [part.strip() for part in value.split(",") if part.strip()]
    )


def _matching(pattern: str, expected: str) -> AfterValidator:
    """A text that has to be as `expected` says."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"has to be {expected}")
        return value

    return AfterValidator(check)


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Secret = Annotated[SecretStr, Field(json_schema_extra={"secret": True})]
NO_SECRET = SecretStr("")
When = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) in {int, float} else value),
    _matching(
        r"\s*(\d{1,9}(\.\d{1,3})?|\S+(\s+\S+){4})\s*",
        'seconds between two runs (300), or a cron line of five fields ("15 3 * * *")',
    ),
]
StatusId = Annotated[str, _matching(r"\d{1,18}", "the id of a status, a number")]
TemplateName = Annotated[str, _matching(r"[a-z0-9_-]{1,40}", 'the name of a template, or "none"')]
After = Annotated[str, _matching(r"|seen|flag:\S+|move:.+", '"", "seen", "flag:NAME" or "move:FOLDER"')]
JournalUrl = Annotated[str, _matching(r"(sqlite|postgresql)://.+", '"sqlite:///FILE" (or "postgresql://…")')]
PublicUrl = Annotated[str, _matching(r"|https?://[^\s/?#]+", 'an address without a path, "https://api.td-rss.ru"')]


class Section(BaseModel):
    """A section of the settings: frozen, and an unknown key is a problem, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class _Server(Section):
    """What IMAP and SMTP have in common."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    security: Security = "tls"
    ca_file: str = ""  # empty: the system's certificate authorities
    timeout: Seconds = 30  # for one command, seconds

    @model_validator(mode="after")
    def _plain_on_loopback_only(self) -> _Server:
        if self.security == "plain" and self.host not in LOOPBACK:
            raise ValueError(
                'security = "plain" sends the password in the open: allowed for 127.0.0.1, ::1, localhost only'
            )
        return self


class MailboxSettings(_Server):
    host: str = "imap.beget.com"
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    username: str = "zakaz@tdrusstankosbyt.ru"
    password: Secret = NO_SECRET
    folder: str = "INBOX"
    poll_interval: Seconds = 60
    idle: bool = True
    after: After = ""
    first_start: Literal["all", "new"] = "all"
    max_letter_megabytes: Count = 50


class SmtpSettings(_Server):
    host: str = "smtp.beget.com"
    port: Annotated[int, Field(ge=1, le=65535)] = 465
    username: str = ""  # empty: the mailbox's
    password: Secret = NO_SECRET  # empty: the mailbox's
    sender: str = ""  # From of the letters; empty: the mailbox's address
    sender_name: str = "РусСтанкоСбыт"
    sent_folder: str = "Sent"  # empty: no copy is kept
    copy_to_self: bool = False  # BCC to the mailbox: evidence for a confirmation whose fate is unknown
    data_timeout: Seconds = 600  # RFC 5321, 4.5.3.2.6


class FieldSettings(Section):
    """Ids of the lead's fields in AmoCRM; 0: not used."""

    serial_number: int = 712629
    equipment_model: int = 712631
    telegram_id: int = 712633
    reference: int = 0
    service_status: int = 0
    maintenance_date: int = 0


class AmoCrmSettings(Section):
    base_url: str = ""  # empty: https://{subdomain}.amocrm.ru
    subdomain: str = "new599bd9d13818a"
    account_id: Annotated[int, Field(ge=0)] = 0  # whose webhooks are believed; 0: learned from AmoCRM
    client_id: str = "2df855f6-d54d-4c3c-bb8a-1d8ea8b3c1cd"
    client_secret: Secret = NO_SECRET
    redirect_uri: str = "https://api.td-rss.ru/webhook/amocrm"
    long_lived_token: Secret = NO_SECRET
    pipeline_id: int = 10226282
    status_id: int = 80953554
    responsible_user_id: int = 12380450
    requests_per_second: Annotated[float, Field(gt=0, le=7)] = 5
    batch_size: Annotated[int, Field(ge=1, le=50)] = 50
    tag: str = "почта"
    settle_seconds: Annotated[float, Field(ge=0)] = 5  # how long an unanswered write may still be on its way
    fields: FieldSettings = FieldSettings()

    @property
    def url(self) -> str:
        return (self.base_url or f"https://{self.subdomain}.amocrm.ru").rstrip("/")


class ConfirmationSettings(Section):
    enabled: bool = True
    per_address_per_day: Count = 10
    per_hour: Count = 1000  # all addresses together; Beget accepts 1500
    templates: str = ""  # a folder whose files replace the built-in templates of the same name
    on_status: dict[StatusId, TemplateName] = {}


class AuthenticationSettings(Section):
    authserv_id: str = ""  # empty: nobody's Authentication-Results are believed
    verify_dkim: bool = True  # check signatures ourselves where no believed server has


class JournalSettings(Section):
    url: JournalUrl = "sqlite:///data/mailsync.db"
    retention_days: Count = 1095


class WebSettings(Section):
    host: str = "0.0.0.0"  # noqa: S104 - a container's own network; the proxy in front decides who comes in
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    webhook_key: Secret = NO_SECRET  # two keys separated by a comma are both valid, for rotation
    ingest_key: Secret = NO_SECRET
    passport_key: Secret = NO_SECRET
    operator_password: Secret = NO_SECRET
    trusted_proxies: Words = ("127.0.0.1",)
    public_url: PublicUrl = ""  # set: AmoCRM's webhooks are ensured


class TelegramSettings(Section):
    bot_token: Secret = NO_SECRET


class AcceptedFinding(Section):
    """A finding of the DNS checker that is known and accepted until a day."""

    id: str
    reason: str
    until: str


class DnsProfile(Section):
    """What a domain should look like; empty: no expectation."""

    mx: Words = ()  # as in a zone: "10 mx1.beget.com."
    spf_domain: str = ""  # include or redirect has to lead there
    selectors: Words = ()
    rsa_bits: Count = 2048  # shorter DKIM keys are worth a warning
    name_servers: str = ""  # the domain under which the zone's name servers live
    support: str = ""  # who is asked for what we cannot enter ourselves
    ru_center: bool = True  # remedies name RU-CENTER's panel


class DnsSettings(Section):
    domain: str = "tdrusstankosbyt.ru"
    selectors: Words = ("beget",)
    sending_ips: Words = ()
    resolver: str = ""  # HOST or HOST:PORT; empty: the system's
    profile: str = "beget"  # the expected profile; empty: none
    interval: When = "21600"
    accepted: tuple[AcceptedFinding, ...] = ()
    profiles: dict[str, DnsProfile] = {}


class ScheduleSettings(Section):
    """When each job runs; the look at our domain has its own `dns.interval`."""

    reconcile: When = "300"
    retention: When = "15 3 * * *"
    token_check: When = "86400"  # noqa: S105 - seconds


class OwnSettings(Section):
    """Who we are, so that our own words are never read as the customer's."""

    addresses: Words = ()  # beside the mailbox and the sender
    domains: Words = ("tdrusstankosbyt.ru", "td-rss.ru")
    phones: Words = ()
    companies: Words = ("РусСтанкоСбыт",)
    telegram: Words = ()
    inns: Words = ()


class FormSettings(Section):
    """A site's generated notices that are read as orders."""

    sender: str
    subject_contains: str = ""
    customer_from: Literal["reply_to", "body"] = "reply_to"
    confirm: bool = True


class ReadingSettings(Section):
    """Limits of the child processes that parse foreign bytes."""

    processes: Count = 2
    seconds: Seconds = 20
    megabytes: Annotated[int, Field(ge=128)] = 512


class AlarmSettings(Section):
    """Where one clear alarm goes when a neighbour stays away; both empty: log, metric and the ready endpoint only."""

    email: str = ""
    telegram_chat_id: str = ""


class Config(Section):
    mailbox: MailboxSettings = MailboxSettings()
    smtp: SmtpSettings = SmtpSettings()
    amocrm: AmoCrmSettings = AmoCrmSettings()
    confirmations: ConfirmationSettings = ConfirmationSettings()
    authentication: AuthenticationSettings = AuthenticationSettings()
    journal: JournalSettings = JournalSettings()
    web: WebSettings = WebSettings()
    telegram: TelegramSettings = TelegramSettings()
    dns: DnsSettings = DnsSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    own: OwnSettings = OwnSettings()
    forms: tuple[FormSettings, ...] = ()
    reading: ReadingSettings = ReadingSettings()
    alarms: AlarmSettings = AlarmSettings()


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Settings from a TOML file (None: the defaults) and the environment. Raises SettingsError with every problem."""
    problems: list[tuple[str, str]] = []
    tree = _read_toml(path, problems) if path else {}
    for keys in _secret_keys(Config):
        if _lookup(tree, keys) is not None:
            variable = PREFIX + "__".join(keys).upper()
            problems.append(
                (".".join(keys), f"a secret does not belong into the file: set {variable} or {variable}_FILE")
            )
    _overlay(tree, environ, problems)
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        problems += [(".".join(map(str, item["loc"])) or "config", _plain(item)) for item in error.errors()]
        config = None
    if problems or config is None:
        raise SettingsError(problems)
    return config


def _read_toml(path: Path, problems: list[tuple[str, str]]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append((str(path), f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        problems.append((str(path), "is not UTF-8: save it as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append((str(path), f"is not valid TOML: {error}"))
    return {}


def _overlay(tree: dict[str, Any], environ: Mapping[str, str], problems: list[tuple[str, str]]) -> None:
    """Put `MAILSYNC_A__B=value` and `MAILSYNC_A__B_FILE=path` over the file's values; tables come as JSON."""
    known = dict(_leaves(Config))
    for variable, given in sorted(environ.items()):
        if not variable.startswith(PREFIX):
            continue
        keys, value = tuple(variable.removeprefix(PREFIX).lower().split("__")), cast("Any", given)
        try:
            if keys not in known and (named := (*keys[:-1], keys[-1].removesuffix("_file"))) in known:
                keys, value = named, Path(given).read_text(encoding="utf-8").strip()
            elif keys not in known and len(keys) == 1:
                continue  # no setting: what a script or a container calls its own
            if keys in known and _is_table(known[keys].annotation):
                value = json.loads(value)
        except json.JSONDecodeError as error:
            problems.append((variable, f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"))
            continue
        except (OSError, UnicodeDecodeError) as error:
            problems.append((variable, f"the file it names cannot be read: {type(error).__name__}"))
            continue
        place = tree
        for key in keys[:-1]:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                problems.append((variable, "goes below a key that is not a section"))
                break
        else:
            place[keys[-1]] = value


def _is_table(annotation: Any) -> bool:
    """Whether a setting is a table or a list of tables."""
    inside = get_args(annotation)
    return get_origin(annotation) is dict or any(isinstance(one, type) and issubclass(one, Section) for one in inside)


def _leaves(model: type[BaseModel], above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Section):
            found += _leaves(info.annotation, (*above, name))
        else:
            found.append(((*above, name), info))
    return found


def _secret_keys(model: type[BaseModel]) -> list[tuple[str, ...]]:
    return [keys for keys, info in _leaves(model) if info.annotation is SecretStr]


def _lookup(tree: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    value: Any = tree
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _plain(item: Any) -> str:
    """A problem in plain words; the offending value itself is left out, it may be a secret."""
    if item["type"] == "extra_forbidden":
        return "is not a setting (see config.toml for all of them)"
    message = str(item["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
