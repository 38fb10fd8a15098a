"""SendMail: send one mail."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import mail


@operation("SendMail", internal=True)
async def send_mail(call: Call, request: Request) -> Reply:
    """Raises EndpointFailed."""
    await mail.send(call.platform, call.scope, request["To"], request["Subject"], request["Text"])
    return {}
