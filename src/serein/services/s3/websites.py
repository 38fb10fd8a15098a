"""Website endpoints of buckets: index and error documents, redirects.

Routing rules are kept but not followed. Whether the public may read is not asked: nothing is authorised yet.
"""

from html import escape
from typing import Any
from urllib.parse import quote, unquote

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import Headers, HttpReply, HttpRequest
from serein.kernel.scope import DEFAULT_ACCOUNT, DEFAULT_REGION, Scope

_SCOPE = Scope(DEFAULT_ACCOUNT, DEFAULT_REGION)
_HEADERS = {
    "ContentType": "content-type",
    "CacheControl": "cache-control",
    "ContentDisposition": "content-disposition",
    "ContentEncoding": "content-encoding",
    "ContentLanguage": "content-language",
    "ETag": "etag",
}


async def answer(platform: Platform, http: HttpRequest) -> HttpReply:
    """Answer a request to `{bucket}.s3-website.localhost`."""
    bucket = http.host.partition(".s3-website")[0]
    if http.method not in ("GET", "HEAD"):
        return _error_page(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    try:
        website = await platform.call("s3", "GetBucketWebsite", {"Bucket": bucket}, scope=_SCOPE)
    except AwsError as error:
        return _error_page(error.status, error.code, error.message)
    if redirect := website.get("RedirectAllRequestsTo"):
        location = f"{redirect.get('Protocol', http.scheme)}://{redirect['HostName']}{http.path}"
        return HttpReply(301, [("location", location)])
    suffix = website["IndexDocument"]["Suffix"]
    key = unquote(http.path).removeprefix("/")
    found = await _find(platform, bucket, f"{key}{suffix}" if not key or key.endswith("/") else key)
    if found is not None:
        return _page(found, 200, http)
    if key and not key.endswith("/") and await _find(platform, bucket, f"{key}/{suffix}") is not None:
        return HttpReply(302, [("location", f"/{quote(key)}/")])
    if error_key := website.get("ErrorDocument", {}).get("Key"):
        found = await _find(platform, bucket, error_key)
        if found is not None:
            return _page(found, 404, http)
    return _error_page(404, "NoSuchKey", "The specified key does not exist.")


async def _find(platform: Platform, bucket: str, key: str) -> dict[str, Any] | None:
    try:
        return await platform.call("s3", "GetObject", {"Bucket": bucket, "Key": key}, scope=_SCOPE)
    except AwsError as error:
        if error.code == "NoSuchKey":
            return None
        raise


def _page(found: dict[str, Any], status: int, http: HttpRequest) -> HttpReply:
    if target := found.get("WebsiteRedirectLocation"):
        return HttpReply(301, [("location", target)])
    headers: Headers = [(header, found[member]) for member, header in _HEADERS.items() if member in found]
    headers.append(("content-length", str(found["ContentLength"])))
    return HttpReply(status, headers, b"" if http.method == "HEAD" else found["Body"])


def _error_page(status: int, code: str, message: str) -> HttpReply:
    title = escape(f"{status} {code}")
    text = (
        f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<ul>\n<li>Code: {escape(code)}</li>\n"
        f"<li>Message: {escape(message)}</li>\n</ul>\n<hr/>\n</body>\n</html>\n"
    )
    return HttpReply(status, [("content-type", "text/html; charset=utf-8")], text.encode())
