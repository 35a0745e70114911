"""A sandbox that behaves as AmoCRM does, strictly where AmoCRM is strict; see `SandboxSettings` and `create_app`."""

from crm.sandbox.app import create_app
from crm.sandbox.settings import SandboxSettings
from crm.sandbox.switches import Switches

__all__ = ["SandboxSettings", "Switches", "create_app"]
