"""What stands behind an `http` event: its integration, and the responses that go with it."""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.http_requests import PLACES

_TYPES = {
    "LAMBDA_PROXY": "AWS_PROXY",
    "LAMBDA-PROXY": "AWS_PROXY",
    "AWS_PROXY": "AWS_PROXY",
    "AWS-PROXY": "AWS_PROXY",
    "LAMBDA": "AWS",
    "AWS": "AWS",
    "HTTP": "HTTP",
    "HTTP_PROXY": "HTTP_PROXY",
    "HTTP-PROXY": "HTTP_PROXY",
    "MOCK": "MOCK",
}
_PATTERNS = {
    "200": "",
    "400": r"[\s\S]*\[400\][\s\S]*",
    "401": r"[\s\S]*\[401\][\s\S]*",
    "403": r"[\s\S]*\[403\][\s\S]*",
    "404": r"[\s\S]*\[404\][\s\S]*",
    "422": r"[\s\S]*\[422\][\s\S]*",
    "500": r"[\s\S]*(Process\s?exited\s?before\s?completing\s?request|\[500\])[\s\S]*",
    "502": r"[\s\S]*\[502\][\s\S]*",
    "504": r"([\s\S]*\[504\][\s\S]*)|(.*Task timed out after \d+\.\d+ seconds$)",
}
_MAP = (
    '"%s": {#foreach($key in $%s.keySet())"$util.escapeJavaScript($key)": '
    '"$util.escapeJavaScript($%s.get($key))"#if($foreach.hasNext),#end#end}'
)
_FIELDS = (
    '"method": "$context.httpMethod"',
    '"principalId": "$context.authorizer.principalId"',
    '"stage": "$context.stage"',
    '"cognitoPoolClaims": {"sub": "$context.authorizer.claims.sub"}',
    _MAP % ("enhancedAuthContext", "context.authorizer", "context.authorizer"),
    _MAP % ("headers", "input.params().header", "input.params().header"),
    _MAP % ("query", "input.params().querystring", "input.params().querystring"),
    _MAP % ("path", "input.params().path", "input.params().path"),
    _MAP % ("identity", "context.identity", "context.identity"),
    _MAP % ("stageVariables", "stageVariables", "stageVariables"),
    '"requestPath": "$context.resourcePath"',
)
_FORM = (
    '"body": {#foreach($pair in $input.body.split("&"))#set($parts = $pair.split("="))'
    '"$util.urlDecode($parts[0])": "$util.escapeJavaScript($util.urlDecode($!parts[1]))"'
    "#if($foreach.hasNext),#end#end}"
)


def joined(*parts: Any) -> Any:
    return {"Fn::Join": ["", list(parts)]}


def integration_of(event: Mapping[str, Any], function: str, timeout_millis: Any = None) -> dict[str, Any]:
    """An event's Integration property. Raises TemplateInvalid for a kind that isn't one."""
    name = str(event.get("integration") or ("LAMBDA" if event.get("async") else "LAMBDA_PROXY")).upper()
    kind = _TYPES.get(name)
    if kind is None:
        raise TemplateInvalid(f"an http event has the unknown integration {event['integration']}")
    integration: dict[str, Any] = {"Type": kind}
    request = event.get("request") or {}
    if kind.startswith("AWS"):
        arn = {"Fn::GetAtt": [f"{function}LambdaFunction", "Arn"]}
        streams = kind == "AWS_PROXY" and str((event.get("response") or {}).get("transferMode")).upper() == "STREAM"
        version, end = ("2021-11-15", "response-streaming-invocations") if streams else ("2015-03-31", "invocations")
        path, partition = f":lambda:path/{version}/functions/", {"Ref": "AWS::Partition"}
        integration["IntegrationHttpMethod"] = "POST"
        integration["Uri"] = joined("arn:", partition, ":apigateway:", {"Ref": "AWS::Region"}, path, arn, f"/{end}")
    elif kind.startswith("HTTP"):
        integration["IntegrationHttpMethod"] = str(request.get("method") or event["method"]).upper()
        integration["Uri"] = request.get("uri")
        if not integration["Uri"]:
            raise TemplateInvalid(f"the http event {event['path']} needs request.uri for its integration")
    if timeout_millis:
        integration["TimeoutInMillis"] = timeout_millis
    _add_connection(event, integration)
    if kind.endswith("PROXY") and (event.get("response") or {}).get("transferMode"):
        integration["ResponseTransferMode"] = str(event["response"]["transferMode"]).upper()
    if kind in ("AWS", "HTTP", "MOCK"):
        _add_templates(event, integration, request)
    mapped = _mapped_parameters(request) if kind in ("AWS", "HTTP", "HTTP_PROXY") else {}
    if event.get("async"):
        mapped["integration.request.header.X-Amz-Invocation-Type"] = "'Event'"
    if mapped:
        integration["RequestParameters"] = mapped
    return integration


def _mapped_parameters(request: Mapping[str, Any]) -> dict[str, str]:
    """Where each of the request's parameters goes: to the one of its name, unless it says otherwise."""
    return {
        f"integration.request.{place}.{key}": (given.get("mappedValue") if isinstance(given, dict) else None)
        or f"method.request.{place}.{key}"
        for kind, place in PLACES.items()
        for key, given in ((request.get("parameters") or {}).get(kind) or {}).items()
    }


def _add_connection(event: Mapping[str, Any], integration: dict[str, Any]) -> None:
    for name, member in (
        ("timeoutInMillis", "TimeoutInMillis"),
        ("connectionType", "ConnectionType"),
        ("connectionId", "ConnectionId"),
    ):
        if event.get(name):
            integration[member] = event[name]
    if "ConnectionType" in integration:
        integration["ConnectionType"] = str(integration["ConnectionType"]).upper().replace("-", "_")


def _add_templates(event: Mapping[str, Any], integration: dict[str, Any], request: Mapping[str, Any]) -> None:
    templates = dict(request.get("template") or {})
    if integration["Type"] == "AWS":
        fields = ", ".join(_FIELDS)
        templates.setdefault("application/json", f'{{"body": $input.json("$"), {fields}}}')
        templates.setdefault("application/x-www-form-urlencoded", f"{{{_FORM}, {fields}}}")
    integration["RequestTemplates"] = templates
    if request.get("contentHandling"):
        integration["ContentHandling"] = request["contentHandling"]
    if request.get("passThrough") or integration["Type"] == "AWS":
        integration["PassthroughBehavior"] = request.get("passThrough") or "NEVER"
    response = event.get("response") or {}
    handling = response.get("contentHandling")
    cors = {"method.response.header.Access-Control-Allow-Origin": _origin(event["cors"])} if event.get("cors") else {}
    headers = {f"method.response.header.{name}": str(value) for name, value in (response.get("headers") or {}).items()}
    integration["IntegrationResponses"] = [
        {
            "StatusCode": status,
            "SelectionPattern": pattern,
            "ResponseParameters": {**cors, **headers, **own_headers},
            "ResponseTemplates": template,
            **({"ContentHandling": handling} if handling and status.startswith("2") else {}),
        }
        for status, pattern, own_headers, template in _statuses(response)
    ]


def _origin(cors: Any) -> str:
    given = cors.get("origins") or cors.get("origin") if isinstance(cors, dict) else "*"
    return f"'{','.join(given) if isinstance(given, list) else given or '*'}'"


def _statuses(response: Mapping[str, Any]) -> list[tuple[str, str, dict[str, str], dict[str, str]]]:
    """Status, pattern, headers and templates of each response."""
    template = response.get("template")
    shared = {"application/json": template} if isinstance(template, str) else dict(template or {})
    codes = response.get("statusCodes")
    if not codes:
        return [(status, pattern, {}, shared if status == "200" else {}) for status, pattern in _PATTERNS.items()]
    found = []
    for status, given in codes.items():
        own = (given or {}).get("template")
        templates = {"application/json": own} if isinstance(own, str) else dict(own or {})
        headers = {
            f"method.response.header.{name}": str(value) for name, value in ((given or {}).get("headers") or {}).items()
        }
        found.append((str(status), (given or {}).get("pattern") or "", headers, templates or shared))
    return found


def responses_of(integration: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The MethodResponses that an integration's responses need."""
    return [
        {
            "StatusCode": response["StatusCode"],
            "ResponseParameters": dict.fromkeys(response["ResponseParameters"], True),
            "ResponseModels": {},
        }
        for response in integration.get("IntegrationResponses") or []
    ]
