"""AWS's APIs for those inside the platform who need a service's own bytes: API Gateway's service integrations.

A request comes as it would over HTTP, without a signature: whose it is, is known. It is parsed, answered and refused
by the protocols that serve SDKs, so mapping templates read exactly what the service writes.
"""

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError, UnknownOperation
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.ids import new_request_id
from serein.kernel.operation import Reply, folder_of
from serein.kernel.scope import DEFAULT_REGION, Caller, Scope
from serein.wire.index import Index
from serein.wire.models import Models, OperationModel, ServiceModel
from serein.wire.protocols import WireProtocol, named, protocol_of, query_for
from serein.wire.protocols.query import find_action
from serein.wire.routing import FORM


class ServiceApis:
    """The Apis port."""

    def __init__(self, platform: Platform, index: Index, models: Models) -> None:
        self._platform = platform
        self._index = index
        self._models = models

    async def answer(
        self, http: HttpRequest, service: str, action: str, scope: Scope, caller: Caller, trace_id: str = ""
    ) -> HttpReply:
        """The service's answer, errors too.

        `service` is named as in its host name; `action` is an operation's name, empty when the request tells itself.
        Raises UnknownOperation for a service that is not known.
        """
        model = self._require_service(service)
        body = await http.body.read()
        operation, labels = _identify(model, http, action, body)
        protocol = _protocol_of(model, http, action)
        request_id = new_request_id()
        try:
            if operation is None:
                raise UnknownOperation
            reply = await self._dispatch(http, operation, protocol, body, labels, (scope, caller), trace_id)
        except AwsError as error:
            return protocol.error(model, operation, error, request_id)
        return protocol.reply(operation, reply, request_id)

    async def _dispatch(
        self,
        http: HttpRequest,
        operation: OperationModel,
        protocol: WireProtocol,
        body: bytes,
        labels: dict[str, str],
        owner: tuple[Scope, Caller],
        trace_id: str,
    ) -> Reply:
        service = operation.service.name
        scope, caller = owner
        found = self._platform.require_operation(service, operation.name)
        if operation.streams_input:
            http.body = type(http.body).of(body)
        request = protocol.parse(operation, http, b"" if operation.streams_input else body, labels)
        known = self._platform.catalog.find_service(service)
        if known is not None and known.is_global:
            scope = Scope(scope.account, DEFAULT_REGION)
        return await self._platform.dispatch(found, request, scope, caller, trace_id)

    def _require_service(self, name: str) -> ServiceModel:
        names = self._index.by_endpoint_prefix(name) or self._index.by_signing_name(name)
        here = sorted(names, key=lambda each: (folder_of(each) not in self._platform.catalog.folders, each != name))
        model = self._models.find_service(here[0]) if here else None
        if model is None:
            raise UnknownOperation(f"{name} is no service that is known")
        return model


def _identify(
    model: ServiceModel, http: HttpRequest, action: str, body: bytes
) -> tuple[OperationModel | None, dict[str, str]]:
    target = http.headers.get("x-amz-target", "")
    if not action and target:
        action = target.rpartition(".")[2]
    if not action and "query" in model.protocols:
        is_form = http.headers.get("content-type", "").startswith(FORM)
        found = find_action(http.query) or (find_action(body.decode("utf-8", "replace")) if is_form else None)
        action = found[0] if found else ""
    if action:
        return model.operations.get(action), {}
    return model.find_rest_operation(http.method, http.path, http.query, http.headers) or (None, {})


def _protocol_of(model: ServiceModel, http: HttpRequest, action: str) -> WireProtocol:
    """AWS: a service that speaks Query and JSON gets what the content type says, and Query by default."""
    if not action or "json" not in model.protocols:
        return protocol_of(model, http)
    if "query" in model.protocols and "json-1." not in http.headers.get("content-type", ""):
        return query_for(http)
    return named("json", model.metadata.json_version)
