"""An asynchronous AmoCRM client and, beside it, a sandbox that behaves as AmoCRM does. See README.md in this folder.

    async with AmoCRM(Settings("https://demo.amocrm.ru", long_lived_token=token)) as amo:
        lead = await amo.book.create_lead(NewLead("Заказ 17", contact=NewContact("Иван", emails=("ivan@zavod.ru",))))
        await amo.notes.create(NewNote(EntityType.LEADS, lead.id, Text("Письмо от клиента")))

What is written and read is in `crm.entities`, kinds of notes in `crm.note_types`, values of custom fields in
`crm.fields`, conditions of lists in `crm.filters`, what webhooks tell in `crm.hook_events` (read by `crm.webhook`),
failures in `crm.errors`.
"""

from crm.client import AmoCRM
from crm.settings import Settings

__all__ = ["AmoCRM", "Settings"]
