"""The demo: embedded neighbours, sample letters, the real worker between them."""
