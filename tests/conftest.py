"""What every test stands on, wherever the run was started from."""

from __future__ import annotations

import signal

# A job in the background of a shell that has no job control ignores SIGINT, and so would every program that a test
# starts and interrupts: a statement that Ctrl-C should stop would run for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
