"""ExportTableToPointInTime: a table's items, or their changes, as files in a bucket."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.exports import described, require_valid, start_export
from serein.services.dynamodb.requests import require_constraints


@operation("ExportTableToPointInTime", partial="FilterSpecification is refused for incremental exports.")
async def export_table_to_point_in_time(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    require_valid(request)
    job = await call.write(lambda tx: start_export(tx, call, request))
    return {"ExportDescription": described(job)}
