"""The drive behind the file service: upload sessions, and the files they become (fact sheet, 7)."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field, replace

from crm.sandbox.problems import Problem
from crm.sandbox.records import StoredFile
from crm.sandbox.store import Store

SESSION_LIFETIME = 86_400


@dataclass(slots=True, kw_only=True)
class UploadSession:
    """A file on its way; `secret` names the one address at which the next part is taken."""

    id: int
    name: str
    size: int
    content_type: str
    file_uuid: str | None
    part_size: int
    user_id: int
    expires_at: float
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    received: bytearray = field(default_factory=bytearray, repr=False)


class Drive:
    """Parts come in order, each at an address that works once; a refused part ends the session."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sessions: dict[int, UploadSession] = {}

    def open_session(
        self, name: str, size: int, content_type: str, *, user_id: int, part_size: int, file_uuid: str | None = None
    ) -> UploadSession:
        """A session for a file of exactly `size` octets; with `file_uuid` it becomes a new version of that file."""
        session = UploadSession(
            id=self._store.next_id("sessions"),
            name=name,
            size=size,
            content_type=content_type,
            file_uuid=file_uuid,
            part_size=part_size,
            user_id=user_id,
            expires_at=self._store.clock() + SESSION_LIFETIME,
        )
        self._sessions[session.id] = session
        return session

    def take_part(self, session_id: int, secret: str, part: bytes) -> UploadSession | StoredFile:
        """The session, waiting for the next part at a new address, or the finished file."""
        session = self._sessions.get(session_id)
        if session is None or session.expires_at <= self._store.clock():
            raise Problem(404, "Upload session not found")
        if not secrets.compare_digest(session.secret.encode(), secret.encode()):
            del self._sessions[session_id]
            raise Problem(400, "Upload parts must come in order, each to its own address")
        if not 0 < len(part) <= session.part_size or len(session.received) + len(part) > session.size:
            del self._sessions[session_id]
            raise Problem(400, f"A part holds 1 to {session.part_size} bytes, and no more than the file")
        session.received += part
        if len(session.received) < session.size:
            session.secret = secrets.token_urlsafe(24)
            return session
        del self._sessions[session_id]
        return self._keep(session)

    def _keep(self, session: UploadSession) -> StoredFile:
        known = self._store.files.get(session.file_uuid or "")
        kept = StoredFile(
            id=self._store.next_id("files"),
            uuid=str(uuid.uuid4()),
            version_uuid=str(uuid.uuid4()),
            name=session.name,
            content_type=session.content_type,
            content=bytes(session.received),
            created_by=session.user_id,
            created_at=self._store.now,
            session_id=session.id,
        )
        if known is not None:
            kept = replace(kept, id=known.id, uuid=known.uuid, versions=known.versions + 1)
        self._store.keep_file(kept)
        return kept
