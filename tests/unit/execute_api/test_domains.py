"""Custom domain names: which host and path lead to which API."""

import asyncio

from serein.execute_api.addresses import find_mapped
from serein.kernel.domains import Domain, Domains, Mapping
from serein.kernel.http import ByteStream, HttpRequest


def _domains(*mappings: Mapping, name: str = "api.example.com") -> Domains:
    domains = Domains()
    domains.replace([Domain(name, "000000000000", "us-east-1", mappings)])
    return domains


def _request(path: str, host: str = "api.example.com") -> HttpRequest:
    return HttpRequest("GET", path, "", {}, ByteStream.of(b""), host)


def test_the_longest_key_wins_and_keys_end_at_slashes() -> None:
    domains = _domains(
        Mapping("", "all", "s"), Mapping("orders", "o", "s"), Mapping("orders/v1", "o1", "s"), Mapping("ord", "x", "s")
    )
    expected = {
        "/": ("all", "/"),
        "/orders": ("o", "/"),
        "/orders/": ("o", "/"),
        "/orders/v1": ("o1", "/"),
        "/orders/v1/a%20b": ("o1", "/a%20b"),
        "/orders/v10/a": ("o", "/v10/a"),
        "/ordersx": ("all", "/ordersx"),
        "/ord/1": ("x", "/1"),
    }
    for path, (api_id, rest) in expected.items():
        found = find_mapped(domains, _request(path))
        assert found is not None
        assert (found.api_id, found.path) == (api_id, rest), path


def test_a_path_that_no_mapping_fits_leads_to_no_api() -> None:
    found = find_mapped(_domains(Mapping("a", "x", "s")), _request("/b"))
    assert found is not None
    assert found.api_id == ""


def test_a_wildcard_has_the_names_one_label_below() -> None:
    domains = _domains(Mapping("", "x", "s"), name="*.example.com")
    assert find_mapped(domains, _request("/", "a.example.com")) is not None
    assert find_mapped(domains, _request("/", "a.b.example.com")) is None
    assert find_mapped(domains, _request("/", "example.com")) is None


def test_whoever_waits_for_the_names_goes_on_once_they_are_there() -> None:
    async def scenario() -> None:
        domains = Domains()
        await domains.ready()
        domains.expect()
        waiting = asyncio.create_task(domains.ready())
        await asyncio.sleep(0)
        assert not waiting.done()
        domains.replace([])
        await waiting
        assert domains.is_ready

    asyncio.run(scenario())
