"""A sandbox that behaves as AmoCRM does, strictly where AmoCRM is strict; see `SandboxSettings` and `create_app`."""

from crm.sandbox.app import create_app
from crm.sandbox.server import Running, serve
from crm.sandbox.settings import SandboxSettings
from crm.sandbox.switches import Switches

__all__ = ["Running", "SandboxSettings", "Switches", "create_app", "serve"]
