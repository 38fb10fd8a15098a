"""Which host names mean this server."""

import pytest

from serein.wire.guard import ForeignRequest, Guard


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "sync-127.0.0.1", "stream-localhost", "a.localhost", "::1"])
def test_names_of_this_machine_mean_the_server(host: str) -> None:
    Guard((), ()).check_host(host)


@pytest.mark.parametrize("host", ["example.com", "sync-example.com", "other-127.0.0.1"])
def test_other_names_do_not(host: str) -> None:
    with pytest.raises(ForeignRequest):
        Guard((), ()).check_host(host)
