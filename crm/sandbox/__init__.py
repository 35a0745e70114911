"""A sandbox that behaves as AmoCRM does, strictly where AmoCRM is strict; see `SandboxSettings` and `create_app`."""

from crm.sandbox.app import create_app
from crm.sandbox.faults import Fault
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.server import Running, serve
from crm.sandbox.settings import SandboxSettings
from crm.sandbox.switches import Switches

__all__ = ["Fault", "Running", "Sandbox", "SandboxSettings", "Switches", "create_app", "serve"]
