"""What effects do to the digital passport, each in the transaction that ends it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

from mailsync.deciding.effects import RecordLeadStatus, RegisterEquipment, UpdateLead
from mailsync.journal.equipment import by_lead, find, save
from mailsync.passport.equipment import serial_key
from mailsync.passport.registering import told, with_synced

Change = Callable[[sqlite3.Connection], None]


def applied(effect: RegisterEquipment | RecordLeadStatus | UpdateLead, now: float) -> Change:
    """What an effect does to the passport, to be run in the transaction that ends it."""

    def apply(connection: sqlite3.Connection) -> None:
        match effect:
            case RegisterEquipment():
                key = serial_key(effect.serial_number)
                known = find(connection, key) or by_lead(connection, effect.lead_id)
                save(connection, *told(known, effect, now))
            case RecordLeadStatus():
                connection.execute(
                    "UPDATE app_request SET lead_status_id = ? "
                    "WHERE entry_id IN (SELECT id FROM entry WHERE lead_id = ?)",
                    (effect.status_id, effect.lead_id),
                )
            case UpdateLead():
                _written(connection, effect)

    return apply


def refused(effect: UpdateLead) -> Change:
    """AmoCRM would not take these values: they stay in the passport alone."""

    def apply(connection: sqlite3.Connection) -> None:
        machine = find(connection, effect.serial_key)
        if machine is None:
            return
        for one in effect.changes:
            machine = with_synced(machine, one.name, replace(machine.synced(one.name), refused=one.value))
        save(connection, machine, ())

    return apply


def _written(connection: sqlite3.Connection, effect: UpdateLead) -> None:
    """The lead's fields hold our values now. One that was overtaken holds another, which the next look finds."""
    machine = find(connection, effect.serial_key)
    if machine is None:
        return
    for one in effect.changes:
        machine = with_synced(machine, one.name, replace(machine.synced(one.name), in_crm=one.value))
    save(connection, machine, ())
