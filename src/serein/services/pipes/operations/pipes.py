"""CreatePipe, DescribePipe, UpdatePipe and DeletePipe."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.pipes import store
from serein.services.pipes.definitions import describe, parse_definition, parse_tags, short
from serein.services.pipes.errors import ConflictException
from serein.services.pipes.transitions import begin, require_rest, settle

_PARTIAL = (
    "sources are SQS, Kinesis and DynamoDB streams; targets Lambda, SQS, SNS, Kinesis, event buses, log groups, API"
    " destinations and API Gateway; enrichments Lambda, API destinations and API Gateway; logs go to CloudWatch Logs;"
    " others are refused by name"
)
_STORED = ("RoleArn", "KmsKeyIdentifier")


@operation("CreatePipe", partial=_PARTIAL, stored=_STORED)
async def create_pipe(call: Call, request: Request) -> Reply:
    name = request["Name"]
    definition = parse_definition(call.platform, call.scope, request, None)
    tags = parse_tags({}, request.get("Tags") or {}, call.caller)
    desired = request.get("DesiredState", "RUNNING")

    def create(tx: Transaction) -> store.Pipe:
        if store.find_pipe(tx, call.scope, name) is not None:
            raise ConflictException(f"Pipe {name} already exists.", resourceId=name, resourceType="pipe")
        pipe = store.Pipe(call.scope, name, definition, tags, desired, "", "", None, tx.now, tx.now)
        pipe = begin(call, pipe, "CREATING", tx.now)
        store.put_pipe(tx, pipe)
        return pipe

    pipe = await call.write(create)
    await settle(call, pipe.scope, pipe.name)
    return short(pipe)


@operation("DescribePipe")
async def describe_pipe(call: Call, request: Request) -> Reply:
    return describe(await call.read(lambda tx: store.require_pipe(tx, call.scope, request["Name"])))


@operation("UpdatePipe", partial=_PARTIAL, stored=_STORED)
async def update_pipe(call: Call, request: Request) -> Reply:
    def update(tx: Transaction) -> store.Pipe:
        pipe = store.require_pipe(tx, call.scope, request["Name"])
        require_rest(pipe)
        definition = parse_definition(call.platform, call.scope, request, pipe.definition)
        desired = request.get("DesiredState", pipe.desired_state)
        pipe = begin(call, replace(pipe, definition=definition, desired_state=desired), "UPDATING", tx.now)
        store.put_pipe(tx, pipe)
        return pipe

    pipe = await call.write(update)
    await settle(call, pipe.scope, pipe.name)
    return short(pipe)


@operation("DeletePipe")
async def delete_pipe(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> store.Pipe:
        pipe = store.require_pipe(tx, call.scope, request["Name"])
        require_rest(pipe)
        pipe = begin(call, pipe, "DELETING", tx.now)
        store.put_pipe(tx, pipe)
        return pipe

    pipe = await call.write(delete)
    await settle(call, pipe.scope, pipe.name)
    return short(pipe)
