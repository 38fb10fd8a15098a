"""GetRandomPassword."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager.passwords import random_password


@operation("GetRandomPassword")
async def get_random_password(_call: Call, request: Request) -> Reply:
    return {"RandomPassword": random_password(request)}
