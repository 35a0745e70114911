"""Settings: `config.toml`, overridden by `MAILSYNC_SECTION__KEY`; secrets from the environment only (design, Settings).

Every section is a frozen model whose defaults are the production values, so `config.toml` documents and never
surprises. `load` gathers all problems before it complains.
"""

from mailsync.config.loading import load
from mailsync.config.sections import AmoCrmSettings, Config, FieldSettings, TelegramSettings, WebSettings
from mailsync.config.values import NO_SECRET

__all__ = ["NO_SECRET", "AmoCrmSettings", "Config", "FieldSettings", "TelegramSettings", "WebSettings", "load"]
