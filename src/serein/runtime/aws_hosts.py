"""What functions are told about AWS's host names: where these lead, and the authority to trust for them."""

import logging
from collections.abc import Awaitable, Callable

from serein.kernel.runner import AwsHosts
from serein.runtime.zygote import VIEWED_RUNTIME

log = logging.getLogger("serein.runtime")
Opening = Callable[[], Awaitable[AwsHosts]]
"""Has somebody listen, and tells where."""
ADDRESS_VARIABLE = "SEREIN_AWS_HOSTS"
"""Read, and removed, by the runtimes of Python and Node.js."""
_BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE")
_AUTHORITY_VARIABLE = "NODE_EXTRA_CA_CERTS"


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
        return tuple(
            (str(file), f"{VIEWED_RUNTIME}/{file.name}") for file in (self._hosts.authority, self._hosts.bundle)
        )

    def authority_variables(self) -> dict[str, str]:
        """What Node.js needs when it starts."""
        return {} if self._hosts is None else {_AUTHORITY_VARIABLE: str(self._hosts.authority)}

    def add_to(self, variables: dict[str, str]) -> None:
        """Tell a function, except for what its own configuration sets."""
        if self._hosts is None:
            return
        for name in _BUNDLE_VARIABLES:
            variables.setdefault(name, str(self._hosts.bundle))
        variables.setdefault(_AUTHORITY_VARIABLE, str(self._hosts.authority))
        variables[ADDRESS_VARIABLE] = self._hosts.address
