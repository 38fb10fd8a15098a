"""Finds out which service and operation a request is for, in all the ways that clients address one on a single port.

In order: the `X-Amz-Target` header; an RPC v2 path; the service that the signature names; `/_aws/service/{name}/…`,
for clients that can set a path but not a host; a host name that has the service in it; an `Action`; and at last S3,
whose buckets and keys may have any path.
"""

import re
from dataclasses import dataclass

from serein.kernel.errors import AwsError, NotImplementedHere, UnknownOperation
from serein.kernel.http import HttpRequest
from serein.kernel.operation import Catalog, folder_of
from serein.wire.index import Index
from serein.wire.models import Models, OperationModel, ServiceModel
from serein.wire.protocols.query import find_action

_RPC_PATH = re.compile(r"^/service/([^/]+)/operation/([^/]+)$")
_SERVICE_PATH = re.compile(r"^/_aws/service/([a-z0-9-]+)(/.*)$")
_LAMBDA_PATH = re.compile(r"^/20\d\d-\d\d-\d\d/")
_QUEUE_PATH = re.compile(r"^/\d{12}/[A-Za-z0-9_.-]+$")
_BUCKET_HOST = re.compile(r"^(?P<bucket>.+?)\.(?:s3[.-].*|s3|localhost)$")
_S3_HOST = re.compile(r"^s3[.-]|^s3$")
FORM = "application/x-www-form-urlencoded"


class MissingAction(AwsError):
    """Could not find operation to perform."""

    code = "MissingAction"


class MethodNotAllowed(AwsError):
    """The specified method is not allowed against this resource."""

    status = 405


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is for. `operation` is None when the service is known and the operation isn't."""

    service: ServiceModel
    operation: OperationModel | None
    labels: dict[str, str]
    error: AwsError | None = None
    path: str = ""
    """The path as the service knows it: a bucket in the host name is in it."""


_LINKED = frozenset({"ConfirmSubscription", "Unsubscribe"})
"""AWS: what the links of notifications ask for without a version: on AWS the host name tells that it is of SNS."""


class Router:
    """Identifies requests. Remembers targets by header, so the hot path is one look-up."""

    def __init__(self, index: Index, models: Models, catalog: Catalog) -> None:
        self._index = index
        self._models = models
        self._catalog = catalog
        self._by_target: dict[tuple[str, str], Target] = {}

    def identify(self, http: HttpRequest, signing_name: str, form: bytes) -> Target:
        """Return what the request is for. `form` is the body when it may hold an Action.

        Raises AwsError when not even the service can be told.
        """
        header = http.headers.get("x-amz-target")
        if header:
            found = self._by_target.get((header, signing_name))
            return found if found is not None else self._by_header(header, signing_name)
        if match := _RPC_PATH.match(http.path):
            return self._by_rpc_path(match[1], match[2], signing_name)
        candidates, path = self._candidates(http, signing_name)
        action = _action_of(http, form)
        if action is not None and not candidates and _QUEUE_PATH.match(path):
            candidates = ["sqs"]
        if action is not None and not candidates and not action[1] and action[0] in _LINKED:
            candidates = ["sns"]
        if action is not None and (target := self._by_action(candidates, *action)) is not None:
            return _at_queue(target, *action) if _QUEUE_PATH.match(path) else target
        return self._by_path(http, path, candidates)

    def _by_header(self, header: str, signing_name: str) -> Target:
        prefix, _, operation = header.rpartition(".")
        services = self._prefer(self._index.by_target_prefix(prefix), signing_name)
        if not services:
            raise UnknownOperation(f"X-Amz-Target {header!r} names no service that is known")
        service = self._require_service(services[0])
        model = service.operations.get(operation)
        if model is None:
            return Target(service, None, {}, UnknownOperation(""))
        target = Target(service, model, {})
        self._by_target[header, signing_name] = target
        return target

    def _by_rpc_path(self, shape: str, operation: str, signing_name: str) -> Target:
        services = self._index.by_target_prefix(shape) or self._index.by_signing_name(signing_name)
        if not services:
            raise UnknownOperation(f"{shape!r} is no service that is known")
        service = self._require_service(services[0])
        model = service.operations.get(operation)
        return Target(service, model, {}, None if model else UnknownOperation(""))

    def _candidates(self, http: HttpRequest, signing_name: str) -> tuple[list[str], str]:
        """The services that it may be for, and the path as they know it."""
        if match := _SERVICE_PATH.match(http.path):
            return [match[1]], match[2]
        if signing_name:
            return self._prefer(self._index.by_signing_name(signing_name), signing_name), http.path
        labels = http.host.split(".")
        if "queue" in labels[:2] and labels[-2:] == ["amazonaws", "com"]:
            return ["sqs"], http.path  # its host names of old: queue.amazonaws.com, eu-west-1.queue.amazonaws.com
        for label in labels[:-1]:
            if services := self._index.by_endpoint_prefix(label):
                return self._prefer(services, label), http.path
        return ["lambda"] if _LAMBDA_PATH.match(http.path) else [], http.path

    def _prefer(self, services: list[str], name: str) -> list[str]:
        """The services that are here first, and the one that is called exactly `name` before all."""
        return sorted(services, key=lambda service: (folder_of(service) not in self._catalog.folders, service != name))

    def _by_action(self, candidates: list[str], action: str, version: str) -> Target | None:
        services = candidates or self._prefer(self._index.by_version(version), "")
        last: ServiceModel | None = None
        for name in services:
            service = self._require_service(name)
            if "query" in service.protocols or "ec2" in service.protocols or name == "sqs":
                last = service
                if (operation := service.operations.get(action)) is not None:
                    return Target(service, operation, {})
        if last is None:
            return None
        return Target(last, None, {}, _invalid_action(last, action, version))

    def _by_path(self, http: HttpRequest, path: str, candidates: list[str]) -> Target:
        if not candidates or candidates[0] == "s3":
            return self._by_bucket(http, path)
        for name in candidates:
            service = self._require_service(name)
            if found := service.find_rest_operation(http.method, path, http.query, http.headers):
                return Target(service, found[0], found[1])
        service = self._require_service(candidates[0])
        missing = MissingAction() if "query" in service.protocols else UnknownOperation("")
        return Target(service, None, {}, missing)

    def _by_bucket(self, http: HttpRequest, path: str) -> Target:
        if (match := _BUCKET_HOST.match(http.host)) and not _S3_HOST.match(http.host):
            path = f"/{match['bucket']}{path}"
        service = self._require_service("s3")
        found = service.find_rest_operation(http.method, path, http.query, http.headers)
        if found is None:
            return Target(service, None, {}, MethodNotAllowed(), path)
        return Target(service, found[0], found[1], None, path)

    def _require_service(self, name: str) -> ServiceModel:
        service = self._models.find_service(name)
        if service is None:
            raise NotImplementedHere(f"{name} is no service that is known")
        return service


class InvalidAction(AwsError):
    """The action or operation requested is invalid."""


def _at_queue(target: Target, action: str, version: str) -> Target:
    """A request to a queue's own URL. AWS: to make and to list queues are no actions there."""
    if target.service.name != "sqs" or action not in ("CreateQueue", "ListQueues"):
        return target
    return Target(target.service, None, {}, _invalid_action(target.service, action, version))


def _invalid_action(service: ServiceModel, action: str, version: str) -> InvalidAction:
    if service.name == "sqs":
        return InvalidAction(f"The action {action} is not valid for this endpoint.")
    return InvalidAction(f"Could not find operation {action} for version {version or service.api_version}")


def _action_of(http: HttpRequest, form: bytes) -> tuple[str, str] | None:
    """The Action and Version of a Query request, from the form or the query string."""
    if b"Action=" in form:
        return find_action(form.decode("utf-8", "replace"))
    return find_action(http.query) if "Action=" in http.query else None
