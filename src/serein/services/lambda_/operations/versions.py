"""PublishVersion and ListVersionsByFunction: unchangeable copies of a function."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import listed_reply
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import LATEST, FunctionReference, parse_reference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.states import check_settled
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.versions import check_revision, publish

_MAXIMUM = 50


@operation("PublishVersion")
async def publish_version(call: Call, request: Request) -> Reply:
    if request.get("PublishTo"):
        raise NotImplementedHere("Serein does not implement publishing to capacity providers (PublishTo)")
    named = parse_reference(call.scope, request["FunctionName"])
    reference = FunctionReference(named.scope, named.name)

    def update(tx: Transaction) -> Reply:
        row = store.require_function(tx, reference)
        latest = row.latest()
        check_settled(latest, reference.arn, tx.now)
        check_revision(request, latest, tx.now)
        expected = request.get("CodeSha256")
        if expected and expected != latest["CodeSha256"]:
            raise invalid(
                f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({latest['CodeSha256']}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        is_gradual = call.platform.realism.is_gradual
        return publish(tx, row, latest, request.get("Description"), is_gradual=is_gradual)

    return await call.write(update)


@operation("ListVersionsByFunction")
async def list_versions_by_function(call: Call, request: Request) -> Reply:
    named = parse_reference(call.scope, request["FunctionName"])
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    place = find_place(request.get("Marker"))
    after = int(place) if place and place.isdigit() else 0

    def read(tx: Transaction) -> Reply:
        row = store.require_function(tx, FunctionReference(named.scope, named.name))
        versions = store.list_versions(tx, row.scope, row.name, after, limit + 1)
        shown = [
            listed_reply(version, FunctionReference(row.scope, row.name, version["Version"]), tx.now)
            for version in versions[:limit]
        ]
        if place is None:
            shown.insert(0, listed_reply(row.latest(), FunctionReference(row.scope, row.name, LATEST), tx.now))
        reply: Reply = {"Versions": shown}
        if len(versions) > limit:
            reply["NextMarker"] = place_token(versions[limit - 1]["Version"])
        return reply

    return await call.read(read)
