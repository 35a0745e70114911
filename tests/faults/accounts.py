"""What stands outside, taken down for the oracle: of the neighbours in memory, or of the AmoCRM sandbox."""

from __future__ import annotations

from collections import Counter
from typing import Any

from crm.sandbox.records import Contact
from crm.sandbox.sandbox import Sandbox
from tests.faults.oracle import Inside, Outside, at_any_time, at_rest, marks
from tests.faults.world import World, message_id


def outside_of(world: World) -> Outside:
    inbox = world.mailbox.folders[world.mailbox.folder]
    sent = [(message_id(one.raw), one.rcpt_to[0]) for one in world.submission.accepted]
    copies = world.mailbox.folders.get(world.config.smtp.sent_folder)
    crm = world.crm
    return Outside(
        mailbox=frozenset(inbox.letters),
        uidvalidity=inbox.uidvalidity,
        leads=Counter(lead.lead.reference for lead in crm.leads.values()),
        notes=marks(note.text for note in crm.notes.values()),
        tasks=marks(task.text for task in crm.tasks.values()),
        files=marks(name for files in crm.files.values() for name, _ in files),
        contacts=Counter(address for contact in crm.contacts.values() for address in contact.emails),
        sent=Counter(identity for identity, _ in sent),
        copies=Counter(message_id(one.raw) for one in copies.letters.values()) if copies else {},
        recipients=dict(sent),
    )


def outside_of_sandbox(box: Sandbox, mailbox: frozenset[int], uidvalidity: int, sent: list[bytes]) -> Outside:
    """The same for the AmoCRM sandbox and letters read from a real mail server."""
    notes = [note for note in box.notes.values() if note.note_type == "common"]
    shown = marks(str(note.params["file_name"]) for note in box.notes.values() if note.note_type == "attachment")
    attached = marks(box.files[uuid].name for uuids in box.store.attached.values() for uuid in uuids)
    addresses = (str(value) for contact in box.contacts.values() for value in _emails(contact))
    return Outside(
        mailbox=mailbox,
        uidvalidity=uidvalidity,
        leads=Counter(lead.name.split()[1].rstrip(":") for lead in box.leads.values()),
        notes=marks(str(note.params["text"]) for note in notes),
        tasks=marks(task.text for task in box.tasks.values()),
        files=shown | attached,  # the larger count of both
        contacts=Counter(addresses),
        sent=Counter(map(message_id, sent)),
        copies={},
    )


def _emails(contact: Contact) -> list[str]:
    values = (one.value for values in contact.fields.values() for one in values)
    return [str(value) for value in values if "@" in str(value)]


def violations(world: World, uncertain: frozenset[str] = frozenset()) -> list[str]:
    """What the oracle says of a world whose work is done."""
    return at_rest(Inside.of(world.database.connection), outside_of(world), uncertain=uncertain)


def violations_now(world: World) -> list[str]:
    """What the oracle says at any moment."""
    return at_any_time(Inside.of(world.database.connection), outside_of(world))


Picture = dict[str, list[Any]]


def picture(world: World) -> Picture:
    """The end state for comparison, free of ids and times."""
    crm, outside = world.crm, outside_of(world)
    names = {("leads", lead.id): lead.lead.reference for lead in crm.leads.values()}
    names |= {("contacts", one.id): ",".join(one.emails) or one.name for one in crm.contacts.values()}
    contacts = {one.id: (one.name, one.emails, one.phones) for one in crm.contacts.values()}
    entries = world.database.rows("SELECT * FROM entry")
    return {
        "entries": sorted((row["reference"], row["kind"] or "", row["state"], row["reason"]) for row in entries),
        "leads": sorted(
            (lead.lead.reference, lead.lead.name, lead.lead.tags, str(contacts.get(lead.contact_id or 0)))
            for lead in crm.leads.values()
        ),
        "contacts": sorted(map(str, contacts.values())),
        "companies": sorted(map(str, crm.companies.values())),
        "notes": sorted((names[note.entity, note.entity_id], note.text) for note in crm.notes.values()),
        "tasks": sorted((names[task.entity, task.entity_id], task.text) for task in crm.tasks.values()),
        "files": sorted(
            (names["leads", lead], name, data) for lead, files in crm.files.items() for name, data in files
        ),
        "sent": sorted(outside.recipients.items()),
        "copies": sorted(outside.copies),
        "folders": sorted(
            (name, sorted((letter.raw, sorted(letter.flags)) for letter in folder.letters.values()))
            for name, folder in world.mailbox.folders.items()
            if name != world.config.smtp.sent_folder
        ),
    }


def differences(expected: Picture, seen: Picture) -> list[str]:
    return [f"{name}: {seen[name]} instead of {expected[name]}" for name in expected if seen[name] != expected[name]]
