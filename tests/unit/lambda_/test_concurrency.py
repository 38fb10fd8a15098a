"""Places for invocations: how they are taken and given back."""

import pytest

from serein.kernel.clock import VirtualClock
from serein.kernel.scope import Scope
from serein.services.lambda_.concurrency import Places, is_host_full
from serein.services.lambda_.errors import TooManyRequestsException

SCOPE = Scope()
F, G, RESERVED = (SCOPE, "f"), (SCOPE, "g"), (SCOPE, "reserved")


def test_functions_without_places_of_their_own_share_those_of_the_account() -> None:
    places = Places()
    for function in (F, G):
        places.claim(function, -1, 2)
    with pytest.raises(TooManyRequestsException) as error:
        places.claim(F, -1, 2)
    assert is_host_full(error.value)
    places.claim(RESERVED, 1, 2)
    places.release(G, -1)
    places.claim(F, -1, 2)
    assert (places.running[F], places.unreserved[SCOPE]) == (2, 2)


def test_reserved_places_are_the_functions_own() -> None:
    places = Places()
    places.claim(RESERVED, 1, 1000)
    with pytest.raises(TooManyRequestsException) as error:
        places.claim(RESERVED, 1, 1000)
    assert error.value.fields["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert not is_host_full(error.value)
    places.release(RESERVED, 1)
    assert RESERVED not in places.running
    assert places.unreserved[SCOPE] == 0


def test_each_reserved_place_is_good_for_ten_requests_a_second() -> None:
    places, clock = Places(), VirtualClock(100.0)
    for _ in range(20):
        places.check_rate(clock, RESERVED, 2)
    with pytest.raises(TooManyRequestsException) as error:
        places.check_rate(clock, RESERVED, 2)
    assert error.value.fields["Reason"] == "ReservedFunctionInvocationRateLimitExceeded"
    places.check_rate(clock, F, -1)
    places.check_rate(VirtualClock(101.0), RESERVED, 2)
