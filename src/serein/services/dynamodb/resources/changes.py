"""The UpdateTable requests that lead from a table as it is to what a template wants of it."""

from typing import Any

from serein.kernel.resource import Properties
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.resources.conversion import flag, global_indexes, numbers, sse, stream
from serein.services.dynamodb.resources.vectorindexes import vector_changes

Request = dict[str, Any]
_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")


def changes(table: Request, old: Properties, new: Properties) -> list[Request]:
    """The requests, in AWS's order. `table` is DescribeTable's. Raises ValidationException for what can't be done.

    What a template doesn't change is left as it is, whoever changed it since (auto scaling, say).
    """
    gone, come = vector_changes(table, new)
    index_requests = _index_changes(table, old, new)
    settings = [*_billing_changes(table, old, new), *_stream_changes(table, new), *_settings(old, new)]
    # Why this order: tables with vector indexes have one billing mode only.
    return [*gone, *settings, *index_requests, *come]


def _billing_of(table: Request) -> str:
    return str(table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"))


def _billing_changes(table: Request, old: Properties, new: Properties) -> list[Request]:
    wanted = numbers(new.get("ProvisionedThroughput"))
    billing = new.get("BillingMode", "PROVISIONED")
    if billing == _billing_of(table):
        is_same = wanted is None or wanted == numbers(old.get("ProvisionedThroughput")) or _has(table, wanted)
        return [] if is_same or billing != "PROVISIONED" else [{"ProvisionedThroughput": wanted}]
    change: Request = {"BillingMode": billing}
    if billing == "PROVISIONED":
        if wanted is not None:
            change["ProvisionedThroughput"] = wanted
        units = {index["IndexName"]: index.get("ProvisionedThroughput") for index in global_indexes(new)}
        updates = [
            {"Update": {"IndexName": name, "ProvisionedThroughput": units.get(name) or wanted}}
            for name in _index_names(table)
            if units.get(name) or (wanted and name not in units)
        ]
        if updates:
            change["GlobalSecondaryIndexUpdates"] = updates
    return [change]


def _has(table: Request, units: Request) -> bool:
    return all(table["ProvisionedThroughput"].get(name) == units.get(name) for name in _UNITS)


def _index_names(table: Request) -> list[str]:
    return [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]


def _stream_changes(table: Request, new: Properties) -> list[Request]:
    """AWS: another view type is another stream: the old one ends."""
    has = table.get("StreamSpecification", {}).get("StreamViewType")
    wants = stream(new)["StreamViewType"] if new.get("StreamSpecification") else None
    if has == wants:
        return []
    off = [{"StreamSpecification": {"StreamEnabled": False}}] if has else []
    return off + ([{"StreamSpecification": stream(new)}] if wants else [])


def _settings(old: Properties, new: Properties) -> list[Request]:
    settings: Request = {}
    if new.get("SSESpecification") != old.get("SSESpecification"):
        settings["SSESpecification"] = sse(new.get("SSESpecification") or {"SSEEnabled": False})
    if new.get("TableClass") != old.get("TableClass"):
        settings["TableClass"] = new.get("TableClass", "STANDARD")
    if new.get("DeletionProtectionEnabled") != old.get("DeletionProtectionEnabled"):
        settings["DeletionProtectionEnabled"] = flag(new.get("DeletionProtectionEnabled", False))
    for member in ("OnDemandThroughput", "WarmThroughput"):
        if member in new and new[member] != old.get(member):
            settings[member] = numbers(new[member])
    if "OnDemandThroughput" in old and "OnDemandThroughput" not in new:
        settings["OnDemandThroughput"] = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
    return [settings] if settings else []


def _index_changes(table: Request, old: Properties, new: Properties) -> list[Request]:
    has = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}
    wants = {index["IndexName"]: index for index in global_indexes(new)}
    updates: list[Request] = [{"Delete": {"IndexName": name}} for name in has if name not in wants]
    updates += [{"Create": index} for name, index in wants.items() if name not in has]
    if len(updates) > 1:
        # AWS: CloudFormation's message for a template that changes two indexes at once.
        raise ValidationException("Cannot perform more than one GSI creation or deletion in a single update")
    known = {index["IndexName"]: index for index in global_indexes(old)}
    for name, index in wants.items():
        if name not in has:
            continue
        if not _is_same_index(has[name], index):
            raise ValidationException(
                "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights "
                "Specification. You can create a new GSI with a different name."
            )
        if change := _index_update(has[name], known.get(name, {}), index):
            updates.append({"Update": {"IndexName": name, **change}})
    definitions = new.get("AttributeDefinitions", [])
    return [{"AttributeDefinitions": definitions, "GlobalSecondaryIndexUpdates": [update]} for update in updates]


def _is_same_index(has: Request, wants: Request) -> bool:
    return bool(has["KeySchema"] == wants["KeySchema"]) and _projection(has) == _projection(wants)


def _projection(index: Request) -> tuple[str, list[str]]:
    projection = index["Projection"]
    return projection["ProjectionType"], sorted(projection.get("NonKeyAttributes", []))


def _index_update(has: Request, old: Request, new: Request) -> Request:
    change: Request = {
        member: new[member]
        for member in ("OnDemandThroughput", "WarmThroughput")
        if member in new and new[member] != old.get(member)
    }
    units = new.get("ProvisionedThroughput")
    if units and units != old.get("ProvisionedThroughput") and not _has(has, units):
        change["ProvisionedThroughput"] = units
    return change


def find_retyped(table: Request, new: Properties) -> str | None:
    """Return an attribute that the table has with another type, or None.

    AWS: an edited attribute definition needs a new table.
    """
    has = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    for one in new.get("AttributeDefinitions") or []:
        name = one["AttributeName"]
        if has.get(name, one["AttributeType"]) != one["AttributeType"]:
            return str(name)
    return None
