"""What the server's refusals mean for the worker and for the person who must help (RFC 5530)."""

from __future__ import annotations

from mailsync.errors import MailsyncError, PermanentFailure, TemporaryFailure
from mailsync.imap.protocol import Reply
from mailsync.imap.settings import ImapSettings

_PASSING = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN", "CORRUPTION"})
_ALERT_PAUSE = 300.0  # seconds; an ALERT often means "too many logins", and asking again at once makes it worse


def login_failure(reply: Reply, settings: ImapSettings) -> MailsyncError:
    """A refused login: a wrong password is permanent, a busy server is not, an ALERT is shown word for word."""
    where = f"{settings.username}, {settings.host}"
    if reply.code == "PRIVACYREQUIRED":
        return PermanentFailure(
            f"the IMAP server wants TLS before the password ({where})", cure='set mailbox.security = "tls"'
        )
    if reply.code == "ALERT":
        return TemporaryFailure(
            f"Почтовый сервер не пускает / the IMAP server refuses the login ({where}): {reply.words}",
            cure="прочтите слова сервера и выполните, что он просит / do what the server's words ask for",
            neighbour="imap",
            retry_after=_ALERT_PAUSE,
        )
    if reply.code in _PASSING or reply.result == "BAD":
        return TemporaryFailure(f"the IMAP server cannot log anybody in now ({where}): {reply.words}", neighbour="imap")
    return wrong_password(where)


def no_password(username: str) -> PermanentFailure:
    """Told without asking: servers count wrong passwords."""
    return PermanentFailure(
        f"Пароль ящика не задан / no password is set for the mailbox ({username})",
        cure="задайте MAILSYNC_MAILBOX__PASSWORD и перезапустите / set MAILSYNC_MAILBOX__PASSWORD, then restart",
    )


def wrong_password(where: str) -> PermanentFailure:
    return PermanentFailure(
        f"Неверный пароль почтового ящика / the mailbox refuses the password ({where})",
        cure="Если пароль ящика меняли, впишите новый в MAILSYNC_MAILBOX__PASSWORD и в настройки почты AmoCRM, "
        "потом перезапустите: письма ждут на сервере, ничего не потеряно. / If the password was changed, put the new "
        "one into MAILSYNC_MAILBOX__PASSWORD and into the mail settings of AmoCRM, then restart: letters wait on the "
        "server, nothing is lost.",
    )


def folder_failure(reply: Reply, settings: ImapSettings, *, exists: bool) -> MailsyncError:
    """SELECT or EXAMINE was refused."""
    if not exists:
        return PermanentFailure(
            f'the mailbox {settings.username} has no folder "{settings.folder}": {reply.words}',
            cure="set mailbox.folder to a folder that exists",
        )
    return refused(f'opening the folder "{settings.folder}"', reply)


def refused(action: str, reply: Reply) -> TemporaryFailure:
    """Any other NO or BAD: the session ends, the next one may fare better."""
    return TemporaryFailure(f"the IMAP server refused {action}: {reply.words}", neighbour="imap")
