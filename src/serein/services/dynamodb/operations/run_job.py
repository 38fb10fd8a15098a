"""RunJob: do a backup, restore, export or import, or what is left of it; for the worker that has taken it on.

Why an operation: what jobs need is loaded with the operations, when there is a first job, and not at start-up.
"""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.bulk import BULK
from serein.services.dynamodb.jobs.bulkputting import run_bulk
from serein.services.dynamodb.jobs.copying import run_copy
from serein.services.dynamodb.jobs.exporting import run_export
from serein.services.dynamodb.jobs.importing import run_import
from serein.services.dynamodb.jobs.records import EXPORT, IMPORT
from serein.services.dynamodb.store.jobs import find_job


@operation("RunJob", internal=True)
async def run_job(call: Call, request: Request) -> Reply:
    """The request is `{"Id": the job's}`."""
    id = request["Id"]
    job = await call.read(lambda tx: find_job(tx, id))
    if job is not None and job.kind == EXPORT:
        await run_export(call.platform, id)
    elif job is not None and job.kind == IMPORT:
        await run_import(call.platform, id)
    elif job is not None and job.kind == BULK:
        await run_bulk(call.platform, id)
    else:
        await run_copy(call.platform, id)
    return {}
