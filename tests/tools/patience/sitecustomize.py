"""For other people's programs in Python: they wait a moment where they would wait for seconds.

The server is done in milliseconds; what these programs wait for would make a test take a minute.
"""

import time

_LONGEST_SECONDS = 0.1
_sleep = time.sleep


def _sleep_less(seconds: float) -> None:
    _sleep(min(seconds, _LONGEST_SECONDS))


time.sleep = _sleep_less
