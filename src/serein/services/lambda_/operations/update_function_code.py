"""UpdateFunctionCode: give a function another deployment package."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.code import drop_blobs, fetch_package, store_package
from serein.services.lambda_.configuration import configuration_reply, set_code, touch
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.versions import check_revision, publish


@operation("UpdateFunctionCode", stored=("Architectures",))
async def update_function_code(call: Call, request: Request) -> Reply:
    named = parse_reference(call.scope, request["FunctionName"])
    reference = FunctionReference(named.scope, named.name)
    await call.read(lambda tx: store.require_function(tx, reference))
    package = await fetch_package(call, request)
    stored = None if request.get("DryRun") else await store_package(call.platform, package)
    unused: list[str] = []

    def update(tx: Transaction) -> Reply:
        unused.clear()
        row = store.require_function(tx, reference)
        configuration = row.latest()
        check_revision(request, configuration["RevisionId"])
        before = configuration["_code"]
        set_code(configuration, package.sha256, package.sha256_base64, len(package.content))
        if request.get("Architectures"):
            configuration["Architectures"] = request["Architectures"]
        if stored is None:
            return configuration_reply(configuration, reference)
        touch(configuration, tx.now)
        stored.append(tx)
        store.update_latest(tx, reference.scope, reference.name, configuration)
        if before != package.sha256:
            unused.extend(store.remove_unused_packages(tx, [before]))
        if request.get("Publish"):
            return publish(tx, row, configuration, None)
        return configuration_reply(configuration, reference)

    try:
        reply = await (call.write(update) if stored is not None else call.read(update))
    finally:
        if stored is not None:
            await stored.tidy()
    await drop_blobs(call.platform, unused)
    if stored is not None:
        call.platform.runner.retire(reference.arn, reply["RevisionId"])
    return reply
