"""CreateTopic: make a topic, or find the one that is there with these attributes and tags."""

from serein.kernel.arn import arn_of
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.errors import invalid
from serein.services.sns.protection import require_protection_policy
from serein.services.sns.tags import parse_tags
from serein.services.sns.topics import find_difference, parse_attributes, require_name


@operation(
    "CreateTopic",
    stored=(
        "Attributes.DisplayName",
        "Attributes.KmsMasterKeyId",
        "Attributes.TracingConfig",
        "DataProtectionPolicy",
    ),
)
async def create_topic(call: Call, request: Request) -> Reply:
    protection = request.get("DataProtectionPolicy") or ""
    require_protection_policy(protection)
    given: dict[str, str] = request.get("Attributes") or {}
    name = require_name(request.get("Name"), given)
    attributes = parse_attributes(given, is_fifo=name.endswith(".fifo"))
    wanted = {key: attributes[key] for key in given if key in attributes}
    if protection:
        attributes["DataProtectionPolicy"] = protection
    tags = parse_tags(request.get("Tags") or [])
    arn = arn_of("sns", call.scope, name)

    def write(tx: Transaction) -> None:
        existing = store.find_topic(tx, arn)
        if existing is None:
            store.insert_topic(tx, arn, call.scope, {key: text for key, text in attributes.items() if text}, tags)
            return
        if find_difference(existing.attributes, wanted) is not None:
            raise invalid("Attributes", "Topic already exists with different attributes")
        current = store.tags_of(tx, arn) or {}
        if any(current.get(key) != value for key, value in tags.items()):
            raise invalid("Tags", "Topic already exists with different tags")

    await call.write(write)
    return {"TopicArn": arn}
