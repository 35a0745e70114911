"""The commands of `mailsync`, one module each; a module names its arguments first and loads what it needs when run."""
