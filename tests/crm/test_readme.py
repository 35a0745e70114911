"""The example in the client's README does what it says."""

from __future__ import annotations

import re
from typing import Any

from crm.sandbox import serve
from tests.paths import ROOT


async def test_the_example_makes_the_lead_its_contact_and_its_note() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "crm/README.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - our own page
    async with serve() as running:
        box = running.sandbox
        lead_id = await names["order"](running.base_url, box.long_lived_token)
        assert box.leads[lead_id].name == "Заказ 17"
        assert [contact.name for contact in box.contacts_of(lead_id)] == ["Иван Петров"]
        assert [note.params for note in box.notes_of("leads", lead_id)] == [{"text": "Патрон 7100-0035, 2 шт."}]
