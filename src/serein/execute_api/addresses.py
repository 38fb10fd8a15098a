"""How a request names an API: by its host, by its path where host names don't resolve, or by a custom domain name."""

from dataclasses import dataclass

from serein.kernel.domains import Domains, Privacy
from serein.kernel.http import HttpRequest

HOST_LABEL = "execute-api"
PATH_PREFIXES = ("/_aws/execute-api/", "/_serein/api/")
SCRIPT_PREFIX = "/restapis/"
"""As in `/restapis/{id}/{stage}/_user_request_/orders`, which scripts for LocalStack ask for."""
_SCRIPT_MARK = "/_user_request_"


def find_address(http: HttpRequest) -> tuple[str, str]:
    """The API's id and the percent-encoded path behind it (`/prod/orders`); empty when the request names no API."""
    for prefix in PATH_PREFIXES:
        if http.path.startswith(prefix):
            api_id, slash, rest = http.path[len(prefix) :].partition("/")
            return api_id, slash + rest or "/"
    if http.path.startswith(SCRIPT_PREFIX):
        api_id, _, rest = http.path[len(SCRIPT_PREFIX) :].partition("/")
        stage, mark, path = rest.partition(_SCRIPT_MARK)
        if mark and "/" not in stage:
            return api_id, f"/{stage}{path or '/'}"
    if HOST_LABEL not in http.host.split("."):
        return "", ""
    return http.host.partition(".")[0], http.path or "/"


@dataclass(frozen=True, slots=True)
class MappedAddress:
    """Where a request to a custom domain name goes."""

    domain: str
    """The host that the client named."""
    api_id: str
    """Empty when no mapping of the domain fits."""
    stage: str
    base_path: str
    """The mapping's key, without slashes around it; empty for the mapping of everything."""
    path: str
    """What is behind the base path, percent-encoded, with its slash; the stage's name isn't in it."""
    privacy: Privacy | None = None
    """What decides who may come in, of a private domain name."""


def find_mapped(domains: Domains, http: HttpRequest, *, serves_private: bool = False) -> MappedAddress | None:
    """Where a custom domain name leads; None for a host that is none.

    A door that knows the API serves it; one that doesn't answers None, and the last one says 403: to who has no
    certificate where one is wanted, too. Private domain names lead to REST APIs only, whose door asks their policies.
    """
    domain = domains.find(http.host)
    if domain is None or http.path.startswith(PATH_PREFIXES):
        return None
    found = domain.find(http.path or "/", http.headers)
    is_closed = domain.privacy is not None and not serves_private
    if found is None or is_closed or (domain.truststore and not http.client_certificate):
        return MappedAddress(http.host, "", "", "", http.path)
    mapping, rest = found
    return MappedAddress(http.host, mapping.api_id, mapping.stage, mapping.key, rest, domain.privacy)
