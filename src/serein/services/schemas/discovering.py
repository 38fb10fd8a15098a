"""Discoverers: the managed rule that brings them events, and what they make of one.

AWS: every shape of an event that is new for its type becomes a version of the schema; shapes aren't merged.
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schemas-infer.html)
"""

import json
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.schemas import store
from serein.services.schemas.documents import OPENAPI
from serein.services.schemas.errors import BadRequestException, NotFoundException, not_found
from serein.services.schemas.inference import TooDeep, infer_document
from serein.services.schemas.names import DISCOVERED, discovered_name
from serein.services.schemas.records import Discoverer, Registry, Schema
from serein.services.schemas.registering import MOST_VERSIONS, append_version, create_schema, digest_of

STARTED, STOPPED = "STARTED", "STOPPED"
_MANAGER = "schemas.amazonaws.com"
_LONGEST = 100_000


def require_discoverer(tx: Transaction, scope: Scope, id: str) -> Discoverer:
    """Raises NotFoundException."""
    found = store.find_discoverer(tx, scope, id)
    if found is None:
        raise not_found("Discoverer", id)
    return found


def require_bus(source: str, scope: Scope) -> Arn:
    """The bus that an ARN names. Raises BadRequestException."""
    arn = find_arn(source)
    if arn is None or arn.service != "events" or not arn.resource.startswith("event-bus/"):
        raise BadRequestException(f"{source} is not the ARN of an event bus.")
    if arn.scope != scope:
        raise BadRequestException(f"The event bus {source} is not of this account and Region.")
    return arn


def discoverer_id(bus: Arn) -> str:
    """AWS: `events-event-bus-orders`, which is also why a bus has one discoverer at most."""
    return f"events-{bus.resource.replace('/', '-', 1)}"


async def put_rule(call: Call, discoverer: Discoverer) -> None:
    """Let the bus's events come, or, when the discoverer is stopped, not. Raises NotFoundException for no bus."""
    bus = require_bus(discoverer.definition["SourceArn"], discoverer.scope)
    pattern: dict[str, Any] = {"account": [{"exists": True}]}
    if not discoverer.definition["CrossAccount"]:
        pattern = {"account": [discoverer.scope.account]}
    rule = {
        "Name": f"Schemas-{discoverer.id}",
        "EventBusName": bus.resource.removeprefix("event-bus/"),
        "EventPattern": json.dumps(pattern),
        "ManagedBy": _MANAGER,
        "State": "ENABLED" if discoverer.definition["State"] == STARTED else "DISABLED",
        "Targets": [{"Id": f"Schemas-{discoverer.id}", "Arn": discoverer.arn}],
    }
    try:
        await call.to("events", "PutManagedRule", rule)
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        raise NotFoundException(error.message) from None


async def delete_rule(call: Call, discoverer: Discoverer) -> None:
    """Not an error when the rule or its bus is gone."""
    bus = require_bus(discoverer.definition["SourceArn"], discoverer.scope)
    request = {"Name": f"Schemas-{discoverer.id}", "EventBusName": bus.resource.removeprefix("event-bus/")}
    await call.to("events", "DeleteManagedRule", request)


def require_discovered_registry(tx: Transaction, scope: Scope) -> None:
    """The registry of discovered schemas, made when it isn't there."""
    if store.find_registry(tx, scope, DISCOVERED) is None:
        store.put_registry(tx, Registry(scope, DISCOVERED, {}, {}))


def learn(tx: Transaction, scope: Scope, event: dict[str, Any], content: str) -> None:
    """Keep the shape of an event, described by `content`, unless it is known."""
    name = discovered_name(event["source"], event["detail-type"])
    digest = digest_of(content)
    known = store.find_schema(tx, scope, DISCOVERED, name)
    if known is None:
        require_discovered_registry(tx, scope)
        create_schema(tx, Schema(scope, DISCOVERED, name, {}, {}, 0, tx.now), OPENAPI, content, digest=digest)
    elif not store.has_digest(tx, known, digest) and store.count_versions(tx, known) < MOST_VERSIONS:
        append_version(tx, known, OPENAPI, content, digest=digest)


def is_known(tx: Transaction, scope: Scope, event: dict[str, Any], content: str) -> bool:
    """Whether `learn` would do nothing: read before anything is written."""
    known = store.find_schema(tx, scope, DISCOVERED, discovered_name(event["source"], event["detail-type"]))
    return known is not None and store.has_digest(tx, known, digest_of(content))


def find_shape(event: dict[str, Any]) -> str | None:
    """The document that describes an event; None for one that no schema could hold."""
    try:
        document = infer_document([event])
    except TooDeep:
        return None
    content = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return content if len(content) <= _LONGEST else None
