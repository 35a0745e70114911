"""The machines that a letter is about: model and serial number."""
