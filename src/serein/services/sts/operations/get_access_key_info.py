"""GetAccessKeyInfo: the account that an access key belongs to."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation


@operation("GetAccessKeyInfo")
async def get_access_key_info(call: Call, request: Request) -> Reply:
    return await call.to("iam", "FindAccessKeyAccount", {"AccessKeyId": request["AccessKeyId"]})
