"""Where packages can be downloaded from: what GetFunction and GetLayerVersion give as a location."""

import re

from serein.kernel.call import Platform
from serein.kernel.http import HttpReply, HttpRequest
from serein.services.lambda_.store import functions

_CODE = re.compile(r"/_aws/lambda/code/([0-9a-f]{64})")


class LambdaDoor:
    """Packages by their hash: a name that can't be guessed stands in for S3's signed URLs."""

    host_label = "lambda-url"
    path_prefix = "/_aws/lambda/"

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        match = _CODE.fullmatch(http.path)
        if match is None:
            return None
        blob = await platform.database.read(lambda tx: functions.find_package(tx, match[1]))
        if blob is None:
            return HttpReply(404, [("content-type", "text/plain")], b"There is no such package.")
        return HttpReply(200, [("content-type", "application/zip")], await platform.blobs.path_of(blob))


door = LambdaDoor()
