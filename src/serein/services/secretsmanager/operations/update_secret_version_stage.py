"""UpdateSecretVersionStage: attach a staging label to a version, move it, or take it away."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidParameterException
from serein.services.secretsmanager.replication import require_primary
from serein.services.secretsmanager.secrets import CURRENT, require_alive
from serein.services.secretsmanager.versions import drop_stage, move_stage


@operation("UpdateSecretVersionStage")
async def update_secret_version_stage(call: Call, request: Request) -> Reply:
    stage = request["VersionStage"]
    source, target = request.get("RemoveFromVersionId"), request.get("MoveToVersionId")

    def update(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        require_primary(found)
        holder = store.find_stage(tx, found.secret_id, stage)
        if source is not None and (holder is None or holder.version_id != source):
            raise InvalidParameterException(
                f"The parameter RemoveFromVersionId contains invalid value. Staging label {stage} is not currently "
                f"attached to version {source}."
            )
        if target is None:
            if source is None or holder is None:
                raise InvalidParameterException("You must give RemoveFromVersionId, MoveToVersionId or both.")
            if stage == CURRENT:
                raise InvalidParameterException(
                    f"You can only move staging label {CURRENT} to a different secret version."
                )
            drop_stage(tx, found.secret_id, holder, stage)
        else:
            if holder is not None and source is None and holder.version_id != target:
                raise InvalidParameterException(
                    f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached "
                    f"to version {holder.version_id}, so you must explicitly reference that version in "
                    "RemoveFromVersionId."
                )
            move_stage(tx, found.secret_id, stage, target)
        return {"ARN": found.arn, "Name": found.name}

    return await call.write(update)
