"""PostObject: store what a browser's form uploads. AWS has it as HTTP only, so the door calls it."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import writing


@operation("PostObject", internal=True)
async def post_object(call: Call, request: Request) -> Reply:
    return await writing.put(call, request, "ObjectCreated:Post")
