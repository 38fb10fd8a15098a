"""Reading a version's value, and noting the day on which that happened."""

from typing import Any

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidRequestException, ResourceNotFoundException
from serein.services.secretsmanager.secrets import CURRENT, DAY_SECONDS, Version
from serein.services.secretsmanager.store import Found


def require_version(tx: Transaction, found: Found, version_id: str | None, stage: str | None) -> Version:
    """The version of an id and a label, by default the current one. Raises AWS's errors."""
    if version_id is not None:
        version = store.find_version(tx, found.secret_id, version_id)
        if version is not None and stage is not None and stage not in version.stages:
            raise InvalidRequestException(
                "You provided a VersionStage that is not associated to the provided VersionId."
            )
        if version is None or not version.kind:
            raise ResourceNotFoundException(
                f"Secrets Manager can't find the specified secret value for VersionId: {version_id}"
            )
        return version
    version = store.find_stage(tx, found.secret_id, stage or CURRENT)
    if version is None or not version.kind:
        raise ResourceNotFoundException(
            f"Secrets Manager can't find the specified secret value for staging label: {stage or CURRENT}"
        )
    return version


def value_reply(found: Found, version: Version) -> dict[str, Any]:
    return {
        "ARN": found.arn,
        "Name": found.name,
        "VersionId": version.version_id,
        "VersionStages": version.stages,
        "CreatedDate": version.created_at,
        **version.shown_value,
    }


async def note_access(call: Call, accessed: list[tuple[Found, Version]]) -> None:
    """Keep the day on which secrets were read last: a write on the first read of a day only."""
    today = float(int(call.now) // DAY_SECONDS * DAY_SECONDS)
    if all(found.secret.accessed_on == version.accessed_on == today for found, version in accessed):
        return

    def note(tx: Transaction) -> None:
        for found, version in accessed:
            current = store.find_by_secret(tx, found.secret_id)
            stored = store.find_version(tx, found.secret_id, version.version_id)
            if current is not None and stored is not None:
                store.update_secret(tx, found.secret_id, replace(current.secret, accessed_on=today))
                store.put_version(tx, found.secret_id, replace(stored, accessed_on=today))

    await call.write(note)
