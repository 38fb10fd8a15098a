"""What functions are told about AWS's host names: where these lead, and the authority to trust for them."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from serein.kernel.runner import AwsHosts
from serein.runtime.zygote import VIEWED_RUNTIME

log = logging.getLogger("serein.runtime")
Opening = Callable[[], Awaitable[AwsHosts]]
"""Has somebody listen, and tells where."""
ADDRESS_VARIABLE = "SEREIN_AWS_HOSTS"
"""Read, and removed, by the runtimes of Python and Node.js."""
_BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""What programs trust that no variable tells of another file."""
_AUTHORITY_VARIABLE = "NODE_EXTRA_CA_CERTS"
_IN_CONTAINERS = "/etc/serein"


class HostNames:
    """AWS's host names in functions; does nothing where nobody answers to them."""

    def __init__(self) -> None:
        self.opening: Opening | None = None
        self._hosts: AwsHosts | None = None

    async def prepare(self) -> None:
        """Have somebody listen. Functions run without, should that fail."""
        if self.opening is not None and self._hosts is None:
            try:
                self._hosts = await self.opening()
            except OSError as error:
                log.warning("AWS's host names don't lead here in functions: %s", error)
                self.opening = None

    @property
    def mounts(self) -> tuple[tuple[str, str], ...]:
        """What a function in a sandbox must see."""
        if self._hosts is None:
            return ()
        hosts = self._hosts
        files = [(hosts.bundle, path) for path in _SYSTEM_BUNDLES if Path(path).is_file()]
        if hosts.resolver is not None:
            files.append((hosts.resolver, "/etc/resolv.conf"))
        files += [(file, f"{VIEWED_RUNTIME}/{file.name}") for file in (hosts.authority, hosts.bundle)]
        return tuple((str(file), path) for file, path in files)

    @property
    def notices(self) -> list[str]:
        """What does not work here, and why."""
        if self._hosts is None or not self._hosts.problem:
            return []
        return [f"AWS's host names lead here in functions of Python and Node.js only: {self._hosts.problem}"]

    def authority_variables(self) -> dict[str, str]:
        """What Node.js needs when it starts."""
        return {} if self._hosts is None else {_AUTHORITY_VARIABLE: str(self._hosts.authority)}

    def lead_container(self, variables: dict[str, str]) -> tuple[tuple[str, str], ...]:
        """Tell a function in a container image. Gives the files that it must see: the host's paths and its own."""
        if self._hosts is None:
            return ()
        hosts, seen = self._hosts, _IN_CONTAINERS
        for name in _BUNDLE_VARIABLES:
            variables.setdefault(name, f"{seen}/{hosts.bundle.name}")
        variables.setdefault(_AUTHORITY_VARIABLE, f"{seen}/{hosts.authority.name}")
        files = [(str(file), f"{seen}/{file.name}") for file in (hosts.authority, hosts.bundle)]
        if hosts.resolver is not None:
            files.append((str(hosts.resolver), "/etc/resolv.conf"))
        return tuple(files)

    def add_to(self, variables: dict[str, str]) -> None:
        """Tell a function, except for what its own configuration sets."""
        if self._hosts is None:
            return
        for name in _BUNDLE_VARIABLES:
            variables.setdefault(name, str(self._hosts.bundle))
        variables.setdefault(_AUTHORITY_VARIABLE, str(self._hosts.authority))
        variables[ADDRESS_VARIABLE] = self._hosts.address
