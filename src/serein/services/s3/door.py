"""What reaches S3 besides its API: preflight requests of browsers, their form uploads, and websites."""

from typing import Any
from urllib.parse import quote, unquote

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, Headers, HttpReply, HttpRequest
from serein.kernel.scope import DEFAULT_ACCOUNT, DEFAULT_REGION, Scope
from serein.services.s3 import SERVICE, forms, websites
from serein.services.s3.errors import InvalidArgument, InvalidRequest

_SCOPE = Scope(DEFAULT_ACCOUNT, DEFAULT_REGION)
_FIELDS = {
    "acl": "ACL",
    "cache-control": "CacheControl",
    "content-type": "ContentType",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "x-amz-storage-class": "StorageClass",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-checksum-crc32": "ChecksumCRC32",
    "x-amz-checksum-crc32c": "ChecksumCRC32C",
    "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
    "x-amz-checksum-sha1": "ChecksumSHA1",
    "x-amz-checksum-sha256": "ChecksumSHA256",
}


class S3Door:
    """Answers by host name for websites (`{bucket}.s3-website.localhost`), and by method for the rest."""

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        """Answer what S3's API doesn't know. The path is `/bucket/key`, also when the host names the bucket."""
        if SERVICE.host_label in http.host.split("."):
            return await websites.answer(platform, http)
        if http.method == "OPTIONS":
            return await self._preflight(platform, http)
        if http.method == "POST" and http.headers.get("content-type", "").startswith("multipart/form-data"):
            return await self._upload(platform, http)
        return None

    async def cors_headers(self, platform: Platform, http: HttpRequest) -> Headers:
        """What the bucket's rules add to the reply to a page's request; nothing when they don't allow it."""
        bucket = unquote(http.path).split("/")[1]
        request = {"Bucket": bucket, "Origin": http.headers["origin"], "Method": http.method}
        found = await platform.call("s3", "FindCorsHeaders", request, scope=_SCOPE)
        headers: Headers = found["Headers"]
        return headers

    async def _preflight(self, platform: Platform, http: HttpRequest) -> HttpReply:
        _, bucket, *key = unquote(http.path).split("/", 2)
        method = http.headers.get("access-control-request-method", "")
        if "origin" not in http.headers:
            raise InvalidRequest("Insufficient information. Origin request header needed.")
        if not method:
            raise InvalidRequest("Invalid Access-Control-Request-Method: null")
        asked = [name.strip() for name in http.headers.get("access-control-request-headers", "").split(",")]
        request = {
            "Bucket": bucket,
            "Key": key[0] if key else "",
            "Origin": http.headers["origin"],
            "Method": method,
            "Headers": [name for name in asked if name],
            "IsPreflight": True,
        }
        found = await platform.call("s3", "FindCorsHeaders", request, scope=_SCOPE)
        return HttpReply(200, found["Headers"])

    async def _upload(self, platform: Platform, http: HttpRequest) -> HttpReply:
        bucket = unquote(http.path).strip("/")
        form = forms.Form(aiter(http.body), http.headers["content-type"])
        await form.read_fields()
        key = form.fields.get("key")
        if not key:
            raise InvalidArgument(
                "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the "
                "fields.",
                ArgumentName="key",
                ArgumentValue="",
            )
        chunks = form.file()
        if "policy" in form.fields:
            policy = forms.PostPolicy(form.fields["policy"], platform.clock.now())
            policy.require_met({**form.fields, "bucket": bucket})
            chunks = policy.limited(chunks)
        key = key.replace("${filename}", form.file_name)
        request = {"Bucket": bucket, "Key": key, "Body": ByteStream(chunks), **_members(form)}
        stored = await platform.call("s3", "PostObject", request, scope=await _scope_of(platform, form))
        return _uploaded(platform, form, bucket, key, stored)


def _members(form: forms.Form) -> dict[str, Any]:
    members: dict[str, Any] = {_FIELDS[name]: value for name, value in form.fields.items() if name in _FIELDS}
    if "ContentType" not in members and form.file_type:
        members["ContentType"] = form.file_type
    prefix = "x-amz-meta-"
    metadata = {name[len(prefix) :]: value for name, value in form.fields.items() if name.startswith(prefix)}
    if metadata:
        members["Metadata"] = metadata
    return members


async def _scope_of(platform: Platform, form: forms.Form) -> Scope:
    """Whose upload it is: the account of the key that signed the form."""
    credential = form.fields.get("x-amz-credential", "").split("/")
    region = credential[2] if len(credential) > 2 else DEFAULT_REGION
    access_key = credential[0] or form.fields.get("awsaccesskeyid", "")
    if access_key.isdecimal() and len(access_key) == 12:
        return Scope(access_key, region)
    if access_key:
        try:
            found = await platform.call("iam", "ResolveAccessKey", {"AccessKeyId": access_key}, scope=_SCOPE)
        except AwsError:
            return Scope(DEFAULT_ACCOUNT, region)
        return Scope(found["Account"], region)
    return Scope(DEFAULT_ACCOUNT, region)


def _uploaded(platform: Platform, form: forms.Form, bucket: str, key: str, stored: dict[str, Any]) -> HttpReply:
    location = f"{platform.limits.endpoint}/{bucket}/{quote(key)}"
    headers: Headers = [("etag", stored["ETag"]), ("location", location)]
    if "VersionId" in stored:
        headers.append(("x-amz-version-id", stored["VersionId"]))
    redirect = form.fields.get("success_action_redirect") or form.fields.get("redirect")
    if redirect:
        mark = "&" if "?" in redirect else "?"
        query = f"bucket={quote(bucket)}&key={quote(key, safe='')}&etag={quote(stored['ETag'])}"
        return HttpReply(303, [("etag", stored["ETag"]), ("location", f"{redirect}{mark}{query}")])
    status = form.fields.get("success_action_status")
    if status == "201":
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<PostResponse><Location>{_escaped(location)}</Location><Bucket>{bucket}</Bucket>"
            f"<Key>{_escaped(key)}</Key><ETag>{stored['ETag']}</ETag></PostResponse>"
        )
        return HttpReply(201, [*headers, ("content-type", "application/xml")], text.encode())
    return HttpReply(200 if status == "200" else 204, headers)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


door = S3Door()
