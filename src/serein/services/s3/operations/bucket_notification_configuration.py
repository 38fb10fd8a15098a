"""PutBucketNotificationConfiguration and GetBucketNotificationConfiguration."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import destinations, notifications, objects, settings
from serein.services.s3.buckets import Bucket
from serein.services.s3.store import buckets as rows


@operation("PutBucketNotificationConfiguration")
async def put_bucket_notification_configuration(call: Call, request: Request) -> Reply:
    configuration = notifications.require_valid(settings.require_sent(request, "NotificationConfiguration"))
    text = objects.encoded(configuration) if configuration else ""

    def find(tx: Transaction) -> Bucket:
        return settings.require_own_bucket(tx, request)

    bucket = await call.read(find)
    rules = notifications.rules_of(text) if text else ()
    if not request.get("SkipDestinationValidation"):
        await destinations.require_reachable(call, bucket, rules)

    def write(tx: Transaction) -> None:
        bucket = settings.require_own_bucket(tx, request)
        rows.set_notifications(tx, bucket.name, text)
        if not request.get("SkipDestinationValidation"):
            for arn in dict.fromkeys(rule.destination for rule in rules if rule.destination.service != "lambda"):
                tx.send(notifications.delivery(call, bucket, arn, notifications.test_event(call, bucket)))

    await call.write(write)
    return {}


@operation("GetBucketNotificationConfiguration")
async def get_bucket_notification_configuration(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> str:
        return settings.require_own_bucket(tx, request).notifications

    return objects.decoded(await call.read(read))
