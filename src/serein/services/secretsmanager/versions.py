"""New versions of a secret, and the staging labels that move between versions."""

from msgspec.structs import replace

from serein.kernel.database import Transaction
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import (
    LimitExceededException,
    ResourceExistsException,
    ResourceNotFoundException,
)
from serein.services.secretsmanager.secrets import CURRENT, DAY_SECONDS, PENDING, PREVIOUS, Version
from serein.services.secretsmanager.store import Found

_KEPT = 100
_MOST_STAGES = 20


def add_version(
    tx: Transaction, found: Found, version_id: str, value: tuple[str, bytes], stages: list[str] | None
) -> Version:
    """Add a version of a secret, or find that it is there already.

    Without `stages` it becomes the current one. Raises ResourceExistsException when the version has another value.
    """
    kind, content = value
    versions = store.versions_of(tx, found.secret_id)
    existing = next((version for version in versions if version.version_id == version_id), None)
    if existing is not None and existing.kind and not existing.same_value(kind, content):
        raise ResourceExistsException(
            f"You can't use ClientRequestToken {version_id} because that value is already in use for a version of "
            f"secret {found.arn}."
        )
    wanted = list(dict.fromkeys(stages or ([CURRENT] if existing is None or not existing.stages else existing.stages)))
    if existing is None and not versions and CURRENT not in wanted:
        # AWS: the first version of a secret is always the current one.
        wanted.append(CURRENT)
    if existing is None:
        number = versions[0].number + 1 if versions else 1
        existing = Version(version_id, number, round(tx.now, 3), None, [], kind, content)
    elif not existing.kind:
        existing = replace(existing, kind=kind, value=content)
    if len(wanted) > _MOST_STAGES:
        raise LimitExceededException(f"A version can have at most {_MOST_STAGES} staging labels.")
    store.put_version(tx, found.secret_id, existing)
    for stage in wanted:
        move_stage(tx, found.secret_id, stage, version_id)
    _remove_deprecated(tx, found.secret_id)
    stored = store.find_version(tx, found.secret_id, version_id)
    assert stored is not None
    return stored


def move_stage(tx: Transaction, secret_id: str, stage: str, version_id: str) -> None:
    """Attach a staging label to a version, taking it from the one that has it. AWSPREVIOUS follows AWSCURRENT."""
    holder = store.find_stage(tx, secret_id, stage)
    if holder is not None and holder.version_id == version_id:
        return
    if holder is not None:
        drop_stage(tx, secret_id, holder, stage)
        if stage == CURRENT:
            # AWS: a rotation of what isn't current any more is over.
            if PENDING in holder.stages:
                drop_stage(tx, secret_id, holder, PENDING)
            move_stage(tx, secret_id, PREVIOUS, holder.version_id)
    version = store.find_version(tx, secret_id, version_id)
    if version is None:
        raise ResourceNotFoundException(
            f"Secrets Manager can't find the specified secret value for VersionId: {version_id}"
        )
    version.stages.append(stage)
    if stage == CURRENT and PREVIOUS in version.stages:
        version.stages.remove(PREVIOUS)
    store.put_version(tx, secret_id, version)


def drop_stage(tx: Transaction, secret_id: str, version: Version, stage: str) -> None:
    version.stages.remove(stage)
    store.put_version(tx, secret_id, version)


def _remove_deprecated(tx: Transaction, secret_id: str) -> None:
    """AWS: versions without labels go once there are more than a hundred, but not within a day."""
    for version in store.versions_of(tx, secret_id)[_KEPT:]:
        if not version.stages and version.created_at < tx.now - DAY_SECONDS:
            store.remove_version(tx, secret_id, version.version_id)
