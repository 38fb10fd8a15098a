"""Replicas of a secret in other regions."""

from typing import Any

from serein.kernel.database import Transaction
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidParameterException, InvalidRequestException
from serein.services.secretsmanager.store import Found


def require_primary(found: Found) -> None:
    """Raises InvalidRequestException for a replica."""
    if not found.is_primary:
        raise InvalidRequestException(
            "Operation not permitted on a replica secret. Call must be made in primary secret's region."
        )


def replicate(tx: Transaction, found: Found, regions: list[dict[str, Any]], *, overwrites: bool) -> None:
    """Make replicas. Raises InvalidParameterException."""
    for wanted in regions:
        region = wanted.get("Region", "")
        if not region:
            raise InvalidParameterException("A replica needs a Region.")
        if region == found.scope.region:
            raise InvalidParameterException("Invalid replica region.")
        scope = type(found.scope)(found.scope.account, region)
        other = store.find_secret(tx, scope, found.name)
        if other is not None and other.secret_id == found.secret_id:
            raise InvalidParameterException(f"Secret {found.name} is already replicated to {region}.")
        if other is not None and not overwrites:
            raise InvalidParameterException(
                f"Replication failed: Secret name {found.name} already exists in region {region}."
            )
        if other is not None:
            store.remove_secret(tx, other.secret_id)
        store.append_replica(tx, found, region, {"KmsKeyId": wanted.get("KmsKeyId"), "IsReplicated": True})
    if not found.own.get("IsReplicated"):
        store.replace_own(tx, found, {**found.own, "IsReplicated": True})


def remove_replicas(tx: Transaction, found: Found, regions: list[str]) -> None:
    """Delete replicas. Raises InvalidParameterException for a region without one."""
    replicas = {one.scope.region: one for one in store.names_of(tx, found.secret_id) if not one.is_primary}
    for region in regions:
        if region not in replicas:
            raise InvalidParameterException(f"Secret {found.name} has no replica in {region}.")
        store.remove_name(tx, replicas[region])


def replication_reply(tx: Transaction, found: Found) -> list[dict[str, Any]]:
    """The shape `ReplicationStatusListType`: replicas share their primary's data, so they are in sync."""
    return [
        {
            "Region": one.scope.region,
            "KmsKeyId": one.own.get("KmsKeyId") or "alias/aws/secretsmanager",
            "Status": "InSync",
            "StatusMessage": "Replication succeeded",
        }
        for one in store.names_of(tx, found.secret_id)
        if not one.is_primary
    ]
