"""How a thread waits for others so that Ctrl-C gets through.

A wait without end sleeps through a Ctrl-C that another thread takes, or that comes just before it.
`Thread.join` is no way out: Ctrl-C in it makes Python 3.11 take a thread that runs for one that
has ended.
"""

LOOK = 0.1  # seconds between two looks of the waiting thread
