"""Event sources that AWS has and Serein doesn't: brokers and databases that functions are fed from.

What a mapping for one says is checked as on AWS, so that what is wrong there is wrong here; what is right is refused
by name.
"""

from typing import NamedTuple

from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.services.lambda_.errors import invalid


class _Kind(NamedTuple):
    """A kind of source: what it is called, and the members without which AWS refuses it, with its names for them."""

    name: str
    required: tuple[tuple[str, str], ...]


_KINDS = {
    "self-managed": _Kind(
        "self-managed Apache Kafka clusters",
        (("SourceAccessConfigurations", "sourceAccessConfigurations"), ("Topics", "topics")),
    ),
    "kafka": _Kind("Amazon MSK clusters", (("Topics", "topics"), ("StartingPosition", "startingPosition"))),
    "mq": _Kind(
        "Amazon MQ brokers",
        (("SourceAccessConfigurations", "sourceAccessConfigurations"), ("Queues", "queues")),
    ),
    "rds": _Kind(
        "Amazon DocumentDB clusters",
        (
            ("SourceAccessConfigurations", "sourceAccessConfigurations"),
            ("DocumentDBEventSourceConfig", "documentDBEventSourceConfig"),
            ("StartingPosition", "startingPosition"),
        ),
    ),
}


def refuse_brokers(request: Request, service: str) -> None:
    """Raise for a source of one of these kinds; return for any other.

    Raises InvalidParameterValueException for a request that AWS refuses too, NotImplementedHere otherwise.
    """
    kind = _KINDS.get(service)
    if kind is None:
        return
    for member, name in kind.required:
        if not request.get(member):
            raise invalid(f"Required '{name}' parameter is missing.")
    if service == "self-managed":
        endpoints = request["SelfManagedEventSource"].get("Endpoints") or {}
        if not endpoints.get("KAFKA_BOOTSTRAP_SERVERS"):
            raise invalid("Required 'KAFKA_BOOTSTRAP_SERVERS' endpoints are missing.")
    if request.get("StartingPosition") == "AT_TIMESTAMP" and not request.get("StartingPositionTimestamp"):
        raise invalid("Need to specify a timestamp")
    raise NotImplementedHere(f"Serein does not implement event source mappings for {kind.name}")
