"""Where student code runs: what holds it (Linux's own mechanisms), and the trusted side's way to talk to it."""
