"""AmoCRM as the worker's neighbour: `mailsync.ports.Crm` over the client in `crm`."""

from mailsync.amocrm.adapter import AmoCrm, client_settings, open_amocrm
from mailsync.amocrm.authorizing import authorize

__all__ = ["AmoCrm", "authorize", "client_settings", "open_amocrm"]
