"""AmoCRM as the worker's neighbour: `mailsync.ports.Crm` over the client in `crm`."""

from mailsync.amocrm.adapter import AmoCrm, client_settings, open_amocrm

__all__ = ["AmoCrm", "client_settings", "open_amocrm"]
