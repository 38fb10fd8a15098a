"""What one server does with another's connection: it leaves a row in the database that they share, and waits.

Why not over HTTP: servers of one database needn't reach one another, nor know one another's keys.
"""

import msgspec

from serein.kernel.call import Call, Platform
from serein.kernel.database import Transaction
from serein.kernel.deliveries import decode_request, encode_request
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request
from serein.services.apigatewayv2.errors import GoneException, LimitExceededException
from serein.services.apigatewayv2.sockets import store
from serein.services.apigatewayv2.sockets.connections import TOPIC, connections_of

_ATTEMPTS, _PAUSE_SECONDS = 20, 0.5
_FORGOTTEN_SECONDS = 120.0
_AT_ONCE = 100
_ERRORS: dict[str, type[AwsError]] = {each.code: each for each in (GoneException, LimitExceededException)}


def topic_of(server_id: str) -> str:
    return f"{TOPIC}:errands:{server_id}"


async def ask(call: Call, server_id: str, request: Request) -> Reply:
    """Have the operation of a call done by the server that has the connection.

    Raises what the operation raises; GoneException, too, when that server doesn't answer.
    """
    id, topic = new_uuid(), topic_of(server_id)
    waiting = call.platform.bus.subscribe(f"{TOPIC}:answers:{id}")

    def leave(tx: Transaction) -> None:
        store.insert_errand(tx, store.Errand(id, call.scope, call.operation, encode_request(request)), server_id)
        tx.wake(topic)

    try:
        await call.write(leave)
        for _ in range(_ATTEMPTS):
            await waiting.wait(None, _PAUSE_SECONDS)
            answer = await call.read(lambda tx: store.find_answer(tx, id))
            if answer:
                return _reply_in(answer)
            # Why again: a wake may be lost.
            await call.write(lambda tx: tx.wake(topic))
        raise GoneException
    finally:
        waiting.close()
        await call.write(lambda tx: store.delete_errand(tx, id))


def _reply_in(answer: str) -> Reply:
    found: Reply = msgspec.json.decode(answer)
    if "Error" in found:
        raise _ERRORS[found["Error"]]
    reply: Reply = found["Reply"]
    return reply


class ErrandRunner:
    """Does what other servers ask of this one's connections."""

    name = "errands of websockets"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._server_id = connections_of(platform).server_id
        self.topics: tuple[str, ...] = (topic_of(self._server_id),)

    async def step(self) -> float | None:
        database = self._platform.database
        if not database.is_shared:
            return None
        while errands := await database.read(lambda tx: store.open_errands(tx, self._server_id, _AT_ONCE)):
            answers = {errand.id: await self._run(errand) for errand in errands}
            await database.write(lambda tx, given=answers: _answer(tx, given))  # type: ignore[misc]
        return None

    async def _run(self, errand: store.Errand) -> str:
        request = decode_request(errand.request)
        try:
            reply = await self._platform.call("apigatewayv2", errand.operation, request, scope=errand.scope)
        except (GoneException, LimitExceededException) as error:
            return msgspec.json.encode({"Error": error.code}).decode()
        return msgspec.json.encode({"Reply": reply}).decode()


def _answer(tx: Transaction, answers: dict[str, str]) -> None:
    for id, answer in answers.items():
        store.answer_errand(tx, id, answer)
        tx.wake(f"{TOPIC}:answers:{id}")
    store.delete_errands_before(tx, tx.now - _FORGOTTEN_SECONDS)
