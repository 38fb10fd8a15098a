"""RotateSecret and CancelRotateSecret, and the steps of a rotation."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidRequestException
from serein.services.secretsmanager.replication import require_primary
from serein.services.secretsmanager.rotation import (
    STEPS,
    begin_rotation,
    check_rules,
    end_rotation,
    end_test,
    next_rotation,
    require_function,
    rotate_due,
    run_step,
)
from serein.services.secretsmanager.secrets import PENDING, Rotation, require_alive, token_of


@operation(
    "RotateSecret",
    partial="rotation windows begin at once; secrets of partners are missing",
    stored=("ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn"),
)
async def rotate_secret(call: Call, request: Request) -> Reply:
    token, rules = token_of(call, request), request.get("RotationRules")
    if rules is not None:
        check_rules(rules)
    found = await call.read(lambda tx: store.require_secret(tx, call.scope, request["SecretId"]))
    require_alive(found.secret)
    require_primary(found)
    function = request.get("RotationLambdaARN") or found.secret.rotation.function
    await require_function(call.platform, found, function)
    is_at_once = request.get("RotateImmediately", True)

    def rotate(tx: Transaction) -> Reply:
        current = store.require_secret(tx, call.scope, request["SecretId"])
        before = current.secret.rotation
        rotation = Rotation(function, True, before.rules if rules is None else rules, before.last)
        store.update_secret(
            tx, current.secret_id, replace(current.secret, rotation=rotation, changed_at=round(tx.now, 3))
        )
        store.schedule_rotation(tx, current.secret_id, next_rotation(rotation, tx.now))
        # AWS: a schedule without a rotation now is tested with the testSecret step alone.
        steps = STEPS if is_at_once else ("testSecret",)
        version_id = begin_rotation(tx, current, token, steps)
        return {"ARN": current.arn, "Name": current.name, **({"VersionId": version_id} if is_at_once else {})}

    return await call.write(rotate)


@operation("CancelRotateSecret")
async def cancel_rotate_secret(call: Call, request: Request) -> Reply:
    def cancel(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        if not found.secret.rotation.function:
            raise InvalidRequestException("You can't cancel a rotation that was never configured.")
        rotation = replace(found.secret.rotation, is_enabled=False)
        store.update_secret(tx, found.secret_id, replace(found.secret, rotation=rotation))
        store.schedule_rotation(tx, found.secret_id, None)
        reply: Reply = {"ARN": found.arn, "Name": found.name}
        pending = store.find_stage(tx, found.secret_id, PENDING)
        if pending is not None:
            reply["VersionId"] = pending.version_id
        return reply

    return await call.write(cancel)


@operation("RotateSteps", internal=True)
async def rotate_steps(call: Call, request: Request) -> Reply:
    """Do a rotation's steps in order. An error has them all done again later: they are made for that."""
    version_id, steps = request["VersionId"], request["Steps"]
    for step in steps:
        found = await call.read(lambda tx: store.find_secret(tx, call.scope, request["SecretId"]))
        if found is None or found.secret.marked_at is not None or not found.secret.rotation.is_enabled:
            return {}
        await run_step(call.platform, found, version_id, step)

    def end(tx: Transaction) -> None:
        found = store.find_secret(tx, call.scope, request["SecretId"])
        if found is None:
            return
        if tuple(steps) == STEPS:
            end_rotation(tx, found)
        else:
            end_test(tx, found, version_id)

    await call.write(end)
    return {}


@operation("DoDue", internal=True)
async def do_due(call: Call, _request: Request) -> Reply:
    """Begin rotations and delete secrets whose time has come."""

    def write(tx: Transaction) -> None:
        store.remove_expired(tx)
        rotate_due(tx)

    await call.write(write)
    return {}
