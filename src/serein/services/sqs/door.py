"""What a queue's URL answers to a browser."""

from serein.kernel.call import Platform
from serein.kernel.http import HttpReply, HttpRequest


class QueueDoor:
    """Requests to the API that name no operation."""

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        if http.method != "GET" or "Action=" in http.query:
            return None
        return HttpReply(404, [("content-type", "text/xml")], b"<UnknownOperationException/>\n")


door = QueueDoor()
