"""What replies of optimized integrations tell of HTTP, as the SDK for Java 1 keeps it."""

from email.utils import formatdate
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=2)
def _date_in(second: int) -> str:
    return formatdate(second, usegmt=True)


def sdk_metadata(now: float, request_id: str, content_type: str, length: int, **headers: str) -> dict[str, Any]:
    """`SdkHttpMetadata` and `SdkResponseMetadata`; `headers` are those of the service, `_` for `-`."""
    shown = {
        **{name.replace("_", "-"): value for name, value in headers.items()},
        "Connection": "keep-alive",
        "Content-Length": str(length),
        "Content-Type": content_type,
        "Date": _date_in(int(now)),
        "x-amzn-RequestId": request_id,
    }
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in shown.items()},
            "HttpHeaders": shown,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }
