"""What SNS serves besides its API: the certificates of its signatures, and what left for people and phones.

`GET /_aws/sns/messages?region=…&accountId=…&kind=email|sms|push&recipient=…` answers the messages, the oldest first;
`POST /_aws/sns/opt-outs` with `{"phoneNumber": "+1…"}` is a recipient's STOP.
"""

import json
from urllib.parse import parse_qsl

from serein.kernel.call import Platform
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.scope import Scope
from serein.services.sns.signing import CERTIFICATE_PATH
from serein.services.sns.store import keys, outbox, phones
from serein.services.sns.texts import require_number

_MESSAGES, _OPT_OUTS = "/_aws/sns/messages", "/_aws/sns/opt-outs"
_MOST_BYTES = 4096


class NotificationDoor:
    """Certificates are for everyone; the rest needs a signed request where signatures are enforced."""

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        if http.method == "GET" and http.path.startswith(CERTIFICATE_PATH):
            return await _certificate(platform, http.path.removeprefix(CERTIFICATE_PATH).removesuffix(".pem"))
        if (http.method, http.path) not in {("GET", _MESSAGES), ("POST", _OPT_OUTS)}:
            return None
        given = dict(parse_qsl(http.query))
        body = b""
        if http.method == "POST":
            body = await http.body.read() if (http.body.size_bytes or 0) <= _MOST_BYTES else b""
        scope = Scope(given.get("accountId") or Scope().account, given.get("region") or Scope().region)
        if platform.signatures is not None and platform.signatures.is_enforced:
            signer = await platform.signatures.require_signer(http, body, "sns")
            scope = Scope(signer.account, scope.region)
        if http.method == "POST":
            return await _opt_out(platform, scope, body)
        return await _messages(platform, scope, given)


async def _certificate(platform: Platform, id: str) -> HttpReply:
    certificate = await platform.database.read(lambda tx: keys.find_certificate(tx, id))
    if certificate is None:
        return HttpReply(404)
    return HttpReply(200, [("content-type", "application/x-pem-file")], certificate.encode())


async def _messages(platform: Platform, scope: Scope, given: dict[str, str]) -> HttpReply:
    found = [
        message
        for message in await platform.database.read(lambda tx: outbox.sent(tx, scope))
        if all(message[name] == given[name] for name in ("kind", "recipient") if name in given)
    ]
    return _json({"messages": found})


async def _opt_out(platform: Platform, scope: Scope, body: bytes) -> HttpReply:
    try:
        request = json.loads(body)
    except ValueError:
        request = None
    if not isinstance(request, dict):
        return _json({"message": "The body must be a JSON object with a phoneNumber."}, 400)
    number = require_number(request.get("phoneNumber"))
    await platform.database.write(lambda tx: phones.set_opted_out(tx, scope, number, is_opted_out=True))
    return _json({})


def _json(content: object, status: int = 200) -> HttpReply:
    return HttpReply(status, [("content-type", "application/json")], json.dumps(content).encode())


door = NotificationDoor()
"""What is served under `/_aws/sns/`."""
