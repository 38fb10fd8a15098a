"""Places for invocations: a function's reserved ones, the rest of the account's, and how many requests a second.

The function's scaling rate (1,000 more environments every ten seconds) can't be reached: an account has 1,000 places.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from collections import Counter

from serein.kernel.clock import Clock
from serein.kernel.scope import Scope
from serein.services.lambda_.account_limits import CONCURRENT_EXECUTIONS, REQUESTS_PER_PLACE
from serein.services.lambda_.errors import TooManyRequestsException, throttled

HOST_IS_FULL = "ConcurrentInvocationLimitExceeded"
_RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
_RESERVED_RATE = "ReservedFunctionInvocationRateLimitExceeded"
_RATE = "FunctionInvocationRateLimitExceeded"
_MOST_RATES = 10_000

Function = tuple[Scope, str]


class Places:
    """How many invocations run now, by function, and by account for those without places of their own."""

    def __init__(self) -> None:
        self.running: Counter[Function] = Counter()
        self.unreserved: Counter[Scope] = Counter()
        self._rates: dict[Function | Scope, tuple[int, int]] = {}

    def claim(self, function: Function, reserved: int, unreserved_limit: int) -> None:
        """Take a place. `reserved` is negative when none are reserved. Raises TooManyRequestsException."""
        if reserved >= 0:
            if self.running[function] >= reserved:
                raise throttled(_RESERVED)
        else:
            scope = function[0]
            if self.unreserved[scope] >= unreserved_limit:
                raise throttled(HOST_IS_FULL)
            self.unreserved[scope] += 1
        self.running[function] += 1

    def release(self, function: Function, reserved: int) -> None:
        """Give a place back; `reserved` as it was when it was taken."""
        self.running[function] -= 1
        if not self.running[function]:
            del self.running[function]
        if reserved < 0:
            self.unreserved[function[0]] -= 1

    def check_rate(self, clock: Clock, function: Function, reserved: int) -> None:
        """Count a request of this second. Raises TooManyRequestsException.

        AWS: ten requests a second for each place (Lambda quotas, "Invocation requests per second"). It is enforced
        where throughput is, by the settings.
        """
        key, places = (function, reserved) if reserved >= 0 else (function[0], CONCURRENT_EXECUTIONS)
        second = int(clock.now())
        since, count = self._rates.get(key, (second, 0))
        count = count + 1 if since == second else 1
        if count > places * REQUESTS_PER_PLACE:
            raise throttled(_RESERVED_RATE if reserved >= 0 else _RATE)
        if len(self._rates) >= _MOST_RATES:
            self._rates.clear()
        self._rates[key] = second, count


def is_host_full(error: TooManyRequestsException) -> bool:
    """Whether it was this machine that had no room: its capacity is ours alone, and waited for in real seconds."""
    return error.fields.get("Reason") == HOST_IS_FULL
