"""CreateActivity: a name under which workers ask for tasks. Creating it again changes nothing."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.activities import Activity
from serein.services.stepfunctions.configuration import parse_settings, parse_tags
from serein.services.stepfunctions.errors import ActivityAlreadyExists
from serein.services.stepfunctions.names import require_name
from serein.services.stepfunctions.store.activities import find_activity, put_activity


@operation("CreateActivity", stored=("encryptionConfiguration",))
async def create_activity(call: Call, request: Request) -> Reply:
    """AWS: of an activity that is there already other tags are ignored, another encryption is refused."""
    name = require_name(request["name"])
    given = {key: request[key] for key in ("encryptionConfiguration",) if key in request}
    encryption = parse_settings(given, {}).get("encryption", {})
    tags = parse_tags({}, request.get("tags") or (), call.caller)

    def create(tx: Transaction) -> Activity:
        found = find_activity(tx, call.scope, name)
        if found is not None:
            if found.encryption != encryption:
                raise ActivityAlreadyExists(f"Activity Already Exists: '{found.arn}'")
            return found
        activity = Activity(call.scope, name, tx.now, tags, encryption)
        put_activity(tx, activity)
        return activity

    activity = await call.write(create)
    return {"activityArn": activity.arn, "creationDate": activity.created_at}
