"""AmoCRM as the worker's neighbour: `mailsync.ports.Crm` over the client in `crm`."""

from mailsync.amocrm.adapter import AmoCrm, client_settings, open_amocrm
from mailsync.amocrm.authorizing import OAuth

__all__ = ["AmoCrm", "OAuth", "client_settings", "open_amocrm"]
