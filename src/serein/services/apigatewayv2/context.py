"""What `$context`, `$request` and `$stageVariables` mean for a request to an HTTP API.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from typing import Any

from serein.execute_api.access_logs import find_in
from serein.execute_api.client_certificates import identity_of
from serein.execute_api.lambda_authorizers import text_of
from serein.kernel.http import HttpReply
from serein.services.apigatewayv2.events import Arrival, query_values, request_time


def context_of(arrival: Arrival) -> dict[str, Any]:
    """The variables that are known once a request has found its route, nested."""
    http, admission = arrival.http, arrival.admission
    context: dict[str, Any] = {
        "accountId": arrival.account,
        "apiId": arrival.api_id,
        "domainName": arrival.domain,
        "domainPrefix": arrival.domain_prefix,
        "extendedRequestId": arrival.request_id,
        "httpMethod": http.method,
        "identity": {
            "sourceIp": http.client_address,
            "userAgent": http.headers.get("user-agent", ""),
            **identity_of(http),
        },
        "path": arrival.path,
        "protocol": f"HTTP/{http.http_version}",
        "requestId": arrival.request_id,
        "requestTime": request_time(int(arrival.now)),
        "requestTimeEpoch": int(arrival.now * 1000),
        "routeKey": arrival.route_key,
        "stage": arrival.stage,
    }
    if arrival.domain_name:
        context["customDomain"] = {"basePathMatched": arrival.base_path or "(none)"}
    if admission is not None:
        context["authorizer"] = {**(admission.in_1_0 or {}), "latency": admission.latency_ms}
        if admission.identity:
            context["identity"] |= {name: value for name, value in admission.identity.items() if value is not None}
    return context


class RequestSources:
    """Where selection expressions find their values."""

    def __init__(self, arrival: Arrival, reply: HttpReply | None = None) -> None:
        """`reply` is the integration's, for expressions of responses."""
        self._arrival = arrival
        self._reply = reply
        self._context: dict[str, Any] | None = None

    def header(self, name: str) -> str | None:
        return self._arrival.http.headers.get(name)

    def querystring(self, name: str) -> str | None:
        query = self._arrival.http.query
        values = query_values(query).get(name) if query else None
        return None if values is None else ",".join(values)

    def path(self, name: str) -> str | None:
        return self._arrival.parameters.get(name) if name else self._arrival.route_path

    def body(self) -> bytes:
        return self._arrival.body

    def context(self, name: str) -> str | None:
        if self._context is None:
            self._context = context_of(self._arrival)
        found = find_in(self._context, name)
        return None if found is None else text_of(found)

    def stage_variable(self, name: str) -> str | None:
        return self._arrival.variables.get(name)

    def response_header(self, name: str) -> str | None:
        values = [value for key, value in self._reply.headers if key == name] if self._reply is not None else []
        return ",".join(values) if values else None

    def response_body(self) -> bytes:
        body = self._reply.body if self._reply is not None else b""
        return body if isinstance(body, bytes) else b""
