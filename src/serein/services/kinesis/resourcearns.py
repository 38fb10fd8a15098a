"""What the operations on any resource are about: a stream or one of its consumers."""

from msgspec.structs import replace

from serein.kernel.database import Transaction
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.kinesis.consumers import Consumer, find_consumer_address
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.store import consumers, streams
from serein.services.kinesis.streams import Stream, find_address

Resource = Stream | Consumer


def require_resource(tx: Transaction, scope: Scope, request: Request) -> Resource:
    """The stream or the consumer that ResourceARN names.

    Raises ResourceNotFoundException, and InvalidArgumentException for the ARN of anything else.
    """
    arn: str = request["ResourceARN"]
    if find_consumer_address(arn) is not None:
        return consumers.require_consumer(tx, arn, scope.account)
    address = find_address(arn)
    if address is None:
        raise InvalidArgumentException(f"ResourceARN {arn} is neither a stream's nor a consumer's.")
    stream = streams.require_stream(tx, address)
    stream_id = request.get("StreamId")
    if stream_id is not None and stream_id != stream.definition.stream_id:
        raise InvalidArgumentException(f"StreamId {stream_id} is not the id of stream {stream.name}")
    return stream


def require_settled(tx: Transaction, resource: Resource) -> None:
    """Raise ResourceInUseException while the resource comes or goes."""
    if isinstance(resource, Stream):
        resource.require_taggable()
    elif resource.status != "ACTIVE":
        stream = streams.find_stream_by_row(tx, resource.stream_id)
        if stream is not None:
            raise resource.not_active(stream)


def tags_of(resource: Resource) -> dict[str, str]:
    return resource.definition.tags if isinstance(resource, Stream) else resource.details.tags


def policy_of(resource: Resource) -> str:
    return resource.definition.policy if isinstance(resource, Stream) else resource.details.policy


def update_tags(tx: Transaction, resource: Resource, tags: dict[str, str]) -> None:
    if isinstance(resource, Stream):
        streams.update_stream(tx, resource, replace(resource.definition, tags=tags))
    else:
        consumers.update_details(tx, resource.arn, replace(resource.details, tags=tags))


def update_policy(tx: Transaction, resource: Resource, policy: str) -> None:
    if isinstance(resource, Stream):
        streams.update_stream(tx, resource, replace(resource.definition, policy=policy))
    else:
        consumers.update_details(tx, resource.arn, replace(resource.details, policy=policy))
