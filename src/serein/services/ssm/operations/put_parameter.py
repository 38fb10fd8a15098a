"""PutParameter: create a parameter, or add a version to it."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm import store
from serein.services.ssm.errors import (
    HierarchyTypeMismatchException,
    ParameterAlreadyExists,
    ParameterLimitExceeded,
    ParameterMaxVersionLimitExceeded,
    ValidationException,
)
from serein.services.ssm.parameters import Record, require_new_name, require_value, tier_of
from serein.services.ssm.policies import expiry_of, parse_policies
from serein.services.ssm.tags import parse_tags

_MOST_STANDARD = 10_000
_MOST_VERSIONS = 100
_DEFAULT_KEY = "alias/aws/ssm"


@operation("PutParameter", stored=("KeyId",))
async def put_parameter(call: Call, request: Request) -> Reply:
    name = request["Name"].strip()
    require_new_name(call.scope, name)
    tags = parse_tags(request.get("Tags") or [])
    if tags and request.get("Overwrite"):
        raise ValidationException(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
            "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
            "RemoveTagsFromResource."
        )
    record = await call.write(lambda tx: _put(tx, call, name, request, tags))
    return {"Version": record.Version, "Tier": record.Tier}


def _put(tx: Transaction, call: Call, name: str, request: Request, tags: dict[str, str]) -> Record:
    current = store.find_latest(tx, call.scope, name)
    if current is not None and not request.get("Overwrite"):
        raise ParameterAlreadyExists
    if current is None and store.count_parameters(tx, call.scope) >= _MOST_STANDARD:
        raise ParameterLimitExceeded
    record = _record(call, tx.now, request, current)
    if current is not None:
        _make_room(tx, call, name)
    store.append_version(tx, call.scope, name, record, expiry_of(record.Policies))
    if tags:
        store.replace_tags(tx, call.scope, name, tags)
    return record


def _record(call: Call, now: float, request: Request, current: Record | None) -> Record:
    """The new version: what a request leaves out stays as it was."""
    kept: dict[str, Any] = {}
    if current is not None:
        kept = {"Description": current.Description, "AllowedPattern": current.AllowedPattern, "KeyId": current.KeyId}
    kind = request.get("Type") or (current.Type if current is not None else None)
    if kind is None:
        raise ValidationException("A parameter type is required when you create a parameter.")
    if current is not None and kind != current.Type:
        raise HierarchyTypeMismatchException(
            f"The parameter type can't be changed from {current.Type} to {kind}. Create a new, unique parameter."
        )
    if kind != "SecureString" and request.get("KeyId"):
        raise ValidationException("KeyId is required for SecureString type parameter only.")
    value = request["Value"]
    pattern = request.get("AllowedPattern", kept.get("AllowedPattern"))
    data_type = request.get("DataType") or (current.DataType if current is not None else "text")
    require_value(value, pattern, data_type)
    if "Policies" in request:
        policies = parse_policies(request["Policies"])
    else:
        policies = current.Policies if current is not None else []
    before = current.Tier if current is not None else ""
    tier = tier_of(request.get("Tier") or before or "Standard", value, policies, before)
    return Record(
        Type=kind,
        Value=value,
        Version=current.Version + 1 if current is not None else 1,
        LastModifiedDate=round(now, 3),
        LastModifiedUser=call.caller.arn,
        Tier=tier,
        DataType=data_type,
        Description=request.get("Description", kept.get("Description")),
        AllowedPattern=pattern,
        KeyId=(request.get("KeyId") or kept.get("KeyId") or _DEFAULT_KEY) if kind == "SecureString" else None,
        Policies=policies,
    )


def _make_room(tx: Transaction, call: Call, name: str) -> None:
    """A hundred versions are kept. Raises ParameterMaxVersionLimitExceeded when the oldest has a label."""
    latest, oldest = store.require_latest(tx, call.scope, name).Version, store.oldest_version(tx, call.scope, name)
    if latest - oldest + 1 < _MOST_VERSIONS:
        return
    if oldest in store.labels_of(tx, call.scope, name).values():
        raise ParameterMaxVersionLimitExceeded(
            f"You attempted to create a new version of {name} by calling the PutParameter API with the overwrite "
            "flag. "
            f"Version {oldest}, the oldest version, can't be deleted because it has a label associated with it. Move "
            "the label to another version of the parameter, and try again."
        )
    store.remove_version(tx, call.scope, name, oldest)
