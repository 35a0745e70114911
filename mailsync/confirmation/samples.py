"""Sample letters: what every template looks like, for `mailsync letters preview` and for the check at start."""

from __future__ import annotations

from mailsync.deciding.effects import SendConfirmation, Understood

TEMPLATES = {
    "confirmation": "answer to a customer's letter",
    "request": "answer to a request by site, bot, cart or Mini App",
    "accepted": "status: accepted",
    "invoice": "status: invoice made",
    "shipped": "status: shipped",
    "ready": "status: ready to be picked up",
    "won": "status: won",
    "lost": "status: lost",
}


def sample(template: str) -> SendConfirmation:
    """A letter with values of every kind."""
    return SendConfirmation(
        template=template,
        to="ivanov@zavod.example",
        to_name="Пётр Иванов",
        subject="Re: Заявка на запчасти [RS-7K3QX0M]",
        reference="RS-7K3QX0M",
        message_id="<RS-7K3QX0M.sample@tdrusstankosbyt.ru>",
        in_reply_to="<1@zavod.example>",
        references=("<1@zavod.example>",),
        understood=Understood(
            name="Пётр Иванов",
            machines=("16К20, зав. № 4455",),
            items=("Патрон токарный, 7100-0035 — 2 шт", "Масло И-20А — 20 л"),
        ),
    )
