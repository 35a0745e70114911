"""Who acts in the account: an integration through the API, or a person at the web page."""

from __future__ import annotations

from crm.sandbox.account import Account
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.store import Store
from crm.sandbox.switches import Switches

LONGEST_TYPED_TEXT = 65_535


class Actor:
    """Someone with a user's rights; `user_id` 0 is the robot. People may type longer texts than the API takes."""

    def __init__(self, sandbox: Sandbox, user_id: int, *, text_limit: int = LONGEST_TYPED_TEXT) -> None:
        self.sandbox = sandbox
        self.store: Store = sandbox.store
        self.account: Account = sandbox.account
        self.switches: Switches = sandbox.switches
        self.user_id = user_id
        self.text_limit = text_limit
