"""The AWS Parameters and Secrets extension: functions read parameters and secrets by plain HTTP, and have them cached.

A function has it by its public layer. On AWS it is a process beside the function; here one listener serves all of
a server, and knows them by the session token that is sent with each request. So the environments of a function share
what is cached, and it answers during INIT already.
https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html
https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html
"""

import logging
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.operation import Request
from serein.kernel.scope import Caller, Scope

log = logging.getLogger("serein.lambda")
TOKEN_HEADER = "x-aws-parameters-secrets-token"
_PARAMETER, _SECRET = "/systemsmanager/parameters/get", "/secretsmanager/get"
_TTL_VARIABLES = {_PARAMETER: "SSM_PARAMETER_STORE_TTL", _SECRET: "SECRETS_MANAGER_TTL"}
_LONGEST_SECONDS = 300
_LARGEST_CACHE = 1000
# AWS: its answer to a wrong token, as recorded in https://github.com/awslabs/aws-sdk-rust/issues/905
_BAD_TOKEN = "bad session token or header key"
_FAILED = "an unexpected error occurred while executing request"
Key = tuple[str, tuple[tuple[str, str], ...]]


class ParametersAndSecrets:
    """One for each platform, at `platform.memory["lambda:parameters-and-secrets"]`."""

    def __init__(self) -> None:
        self._clients: dict[str, FunctionClient] = {}

    def admit(self, credentials: Mapping[str, str], client: "FunctionClient", now: float) -> None:
        """Answer whoever has the session token of these credentials from now on."""
        self._clients = {token: known for token, known in self._clients.items() if known.expires_at > now}
        self._clients.setdefault(credentials["SessionToken"], client)

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply:
        """Answer a function's request; never raises."""
        client = self._clients.get(http.headers.get(TOKEN_HEADER, ""))
        if client is None:
            return _refusal(401, "AccessDeniedException", _BAD_TOKEN)
        path = http.path.rstrip("/")
        if path not in _TTL_VARIABLES:
            return _refusal(404, "", "404 page not found")
        if http.method != "GET":
            return _refusal(405, "", "method not allowed")
        query = tuple(sorted(parse_qsl(http.query, keep_blank_values=True)))
        try:
            return _json(await client.read(platform, (path, query)))
        except AwsError as error:
            log.warning("the Parameters and Secrets extension got %s: %s", error.code, error.message)
            return _refusal(error.status, error.code, _FAILED)


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """What a function's variables say of the cache."""

    size: int
    seconds: Mapping[str, float]
    """How long an answer is kept, by the path that gives it; 0 keeps none."""


def parse_settings(variables: Mapping[str, str]) -> CacheSettings:
    """Read a function's variables; those that AWS would not take have their default."""
    size = _number(variables.get("PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", ""), _LARGEST_CACHE)
    if variables.get("PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "TRUE").upper() == "FALSE":
        size = 0
    seconds = {path: _number(variables.get(name, ""), _LONGEST_SECONDS) for path, name in _TTL_VARIABLES.items()}
    return CacheSettings(size, seconds)


@dataclass(slots=True)
class FunctionClient:
    """A function with its credentials and its cache."""

    scope: Scope
    access_key_id: str
    expires_at: float
    settings: CacheSettings
    cache: OrderedDict[Key, tuple[float, bytes]] = field(default_factory=OrderedDict)
    """When each answer was read, the one used last at the end."""

    async def read(self, platform: Platform, key: Key) -> bytes:
        """The answer to a request, from the cache when it is fresh enough. Raises AwsError."""
        now, seconds = platform.clock.now(), self.settings.seconds[key[0]]
        cached = self.cache.pop(key, None)
        if cached is None or now - cached[0] >= seconds:
            cached = now, await self._ask(platform, *key)
        if seconds and self.settings.size:
            self.cache[key] = cached
            if len(self.cache) > self.settings.size:
                self.cache.popitem(last=False)
        return cached[1]

    async def _ask(self, platform: Platform, path: str, query: tuple[tuple[str, str], ...]) -> bytes:
        caller = await self._caller(platform)
        asked = dict(query)
        if path == _PARAMETER:
            request = parameter_request(asked)
            reply = await platform.call("ssm", "GetParameter", request, scope=self.scope, caller=caller)
            return msgspec.json.encode({"Parameter": _parameter(reply["Parameter"]), "ResultMetadata": {}})
        reply = await platform.call(
            "secretsmanager", "GetSecretValue", secret_request(asked), scope=self.scope, caller=caller
        )
        return msgspec.json.encode({**_secret(reply), "ResultMetadata": {}})

    async def _caller(self, platform: Platform) -> Caller:
        """The function's role; its account's root when it has the account's own key. Raises AwsError."""
        if not self.access_key_id.startswith("ASIA"):
            return Caller(self.access_key_id, Caller.of_service("lambda", self.scope).arn, self.scope.account)
        request = {"AccessKeyId": self.access_key_id}
        found = await platform.call("iam", "ResolveAccessKey", request, scope=self.scope)
        return Caller(self.access_key_id, found["Arn"], found["UserId"])


def new_client(
    scope: Scope, credentials: Mapping[str, str], variables: Mapping[str, str], expires_at: float
) -> FunctionClient:
    """A function that may ask, as its variables want it."""
    return FunctionClient(scope, credentials["AccessKeyId"], expires_at, parse_settings(variables))


def extension_of(platform: Platform) -> ParametersAndSecrets:
    """The platform's, made when first asked for."""
    found: ParametersAndSecrets | None = platform.memory.get("lambda:parameters-and-secrets")
    if found is None:
        found = platform.memory["lambda:parameters-and-secrets"] = ParametersAndSecrets()
    return found


class ExtensionDoor:
    """Where the listener that functions find takes their requests."""

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply:
        """Answer a function's request."""
        return await extension_of(platform).answer(platform, http)


door = ExtensionDoor()


def parameter_request(asked: Mapping[str, str]) -> Request:
    """GetParameter's request: a version or a label is a selector after the name."""
    selector = asked.get("version") or asked.get("label")
    name = asked.get("name", "")
    request: Request = {"Name": f"{name}:{selector}" if selector else name}
    if asked.get("withDecryption", "").lower() in ("true", "1", "t"):
        request["WithDecryption"] = True
    return request


def secret_request(asked: Mapping[str, str]) -> Request:
    """GetSecretValue's request."""
    names = (("secretId", "SecretId"), ("versionId", "VersionId"), ("versionStage", "VersionStage"))
    return {member: asked[name] for name, member in names if asked.get(name)}


def _parameter(found: Mapping[str, Any]) -> dict[str, Any]:
    names = ("ARN", "DataType", "LastModifiedDate", "Name", "Selector", "SourceResult", "Type", "Value", "Version")
    return {**{name: found.get(name) for name in names}, "LastModifiedDate": _time(found["LastModifiedDate"])}


def _secret(found: Mapping[str, Any]) -> dict[str, Any]:
    binary: bytes | None = found.get("SecretBinary")
    return {
        "ARN": found["ARN"],
        "CreatedDate": _time(found["CreatedDate"]),
        "Name": found["Name"],
        "SecretBinary": None if binary is None else b64encode(binary).decode(),
        "SecretString": found.get("SecretString"),
        "VersionId": found["VersionId"],
        "VersionStages": found.get("VersionStages"),
    }


def _time(seconds: float) -> str:
    """`2026-03-31T09:15:00.25Z`: no more digits than it has."""
    text = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}"
    return text.rstrip("0").rstrip(".") + "Z"


def _number(text: str, most: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= most else most


def _json(content: bytes) -> HttpReply:
    return HttpReply(200, [("content-type", "application/json")], content)


def _refusal(status: int, code: str, text: str) -> HttpReply:
    headers = [("content-type", "text/plain")]
    if code:
        headers.append(("x-amzn-errortype", code))
    return HttpReply(status, headers, text.encode())
