"""Creating deployments: for users, for stacks, and to take others back."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.codedeploy import errors
from serein.services.codedeploy.configurations import Definition, find_own, steps_of
from serein.services.codedeploy.deployments import BY_ROLLBACK, CREATED, FAILED, Deployment, Record, new_deployment_id
from serein.services.codedeploy.groups import parse_alarms, parse_rollback
from serein.services.codedeploy.notifications import tell
from serein.services.codedeploy.revisions import (
    AppSpec,
    Revision,
    content_of,
    key_of,
    parse_app_spec,
    parse_revision,
    revision_of,
)
from serein.services.codedeploy.store import applications
from serein.services.codedeploy.store import deployments as store

_MOST_REVISION_BYTES = 1_000_000


def require_config(tx: Transaction, scope: Scope, name: str) -> Definition:
    """A configuration, AWS's own included. Raises DeploymentConfigDoesNotExistException."""
    found = find_own(name) or applications.find_config(tx, scope, name)
    if found is None:
        raise errors.DeploymentConfigDoesNotExistException(f"No deployment configuration found for name: {name}")
    return found


async def fetch_app_spec(call: Call, revision: Revision) -> AppSpec:
    """Read a revision's AppSpec file. Raises InvalidRevisionException and RevisionDoesNotExistException."""
    content = content_of(revision)
    if content is None:
        place = revision["s3Location"]
        request = {"Bucket": place["bucket"], "Key": place["key"]}
        if place.get("version"):
            request["VersionId"] = place["version"]
        if place.get("eTag"):
            request["IfMatch"] = place["eTag"]
        try:
            body = (await call.to("s3", "GetObject", request))["Body"]
        except AwsError as error:
            raise errors.RevisionDoesNotExistException(
                f"The revision s3://{place['bucket']}/{place['key']} can't be read: {error.message}"
            ) from None
        content = (await _bytes_of(body)).decode("utf-8", "replace")
    return parse_app_spec(content)


async def _bytes_of(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    parts, size = [], 0
    async for part in body:
        parts.append(part)
        size += len(part)
        if size > _MOST_REVISION_BYTES:
            raise errors.InvalidRevisionException("The AppSpec file is too large")
    return b"".join(parts)


def create(
    tx: Transaction,
    scope: Scope,
    group: applications.Group,
    request: Request,
    spec: AppSpec,
    *,
    creator: str = "user",
    token: str = "",
) -> Deployment:
    """Store a deployment, and with it that its revision is used.

    Raises DeploymentConfigDoesNotExistException and DeploymentLimitExceededException.
    """
    active = store.find_active(tx, scope, group.application, group.name)
    if active is not None:
        raise errors.DeploymentLimitExceededException(
            f"The Deployment Group '{group.name}' already has an active Deployment '{active}'"
        )
    definition = group.definition
    config_name = request.get("deploymentConfigName") or definition["deploymentConfigName"]
    config = require_config(tx, scope, config_name)
    revision = parse_revision(request["revision"])
    last = store.find_last(tx, scope, group.application, group.name, is_successful=True)
    overridden = request.get("overrideAlarmConfiguration")
    record = Record(
        config_name,
        [list(step) for step in steps_of(config)],
        revision,
        list(spec),
        creator=creator,
        description=request.get("description") or "",
        rollback=parse_rollback(request["autoRollbackConfiguration"])
        if "autoRollbackConfiguration" in request
        else definition.get("autoRollbackConfiguration", {}),
        alarms=parse_alarms(overridden) if overridden else definition.get("alarmConfiguration", {}),
        overridden_alarms=parse_alarms(overridden) if overridden else None,
        triggers=definition.get("triggerConfigurations", []),
        previous_revision=None if last is None else last.record.revision,
    )
    made = Deployment(new_deployment_id(), scope, group.application, group.name, CREATED, tx.now, record, token)
    store.append_deployment(tx, made)
    use_revision(tx, scope, made)
    return made


def use_revision(tx: Transaction, scope: Scope, deployment: Deployment) -> None:
    """Write down that a deployment uses its revision."""
    revision, key = deployment.record.revision, key_of(deployment.record.revision)
    known = applications.find_revision(tx, scope, deployment.application, key)
    if known is None:
        known = applications.KnownRevision(key, revision, "Application revision registered by Deployment ID: "
                                           f"{deployment.id}", tx.now, None, None, [])  # fmt: skip
    used = known._replace(
        first_used_at=known.first_used_at or tx.now,
        last_used_at=tx.now,
        groups=sorted({*known.groups, deployment.group}),
    )
    applications.put_revision(tx, scope, deployment.application, used)


def create_rollback(tx: Transaction, failed: Deployment) -> Deployment:
    """Store the deployment that takes another one back: all traffic to where it came from, at once, without hooks."""
    spec = failed.record.app_spec
    back = AppSpec(spec.function, spec.alias, spec.target, spec.current)
    record = Record(
        failed.record.config_name,
        [[0.0, 100.0]],
        revision_of(back),
        list(back),
        creator=BY_ROLLBACK,
        description=f"Rollback of {failed.id}",
        triggers=failed.record.triggers,
        rollback_info={
            "rollbackTriggeringDeploymentId": failed.id,
            "rollbackMessage": f"Deployment {failed.id} is being rolled back",
        },
    )
    made = Deployment(new_deployment_id(), failed.scope, failed.application, failed.group, CREATED, tx.now, record)
    store.append_deployment(tx, made)
    use_revision(tx, failed.scope, made)
    why = "failed" if failed.status == FAILED else "was stopped"
    failed.record.rollback_info = {
        "rollbackDeploymentId": made.id,
        "rollbackMessage": f"Deployment {failed.id} {why}; it is being rolled back as deployment {made.id}",
    }
    tell(tx, failed, "DeploymentRollback")
    return made
