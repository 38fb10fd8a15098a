"""`http` events of state machines: methods of the service's REST API that start them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import PARTITION, REGION, Resource, joined
from serein.deploy.serverless.service import Service
from serein.deploy.serverless.workflows.names import logical_id_of, machines_of
from serein.deploy.serverless.workflows.roles import role_for

ROLE = "ApigatewayToStepFunctionsRole"
_START = "StartExecution"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_ESCAPED = r"""$util.escapeJavaScript(%s).replaceAll("\\'", "'")"""
_REQUEST = """
#set( $body = {body} )
{{"input": "$body", "name": "$context.requestId", "stateMachineArn": "${{StateMachineArn}}"}}"""
_ENTRIES = (
    '{#foreach($key in $MAP.keySet())"$util.escapeJavaScript($key)": '
    '"$util.escapeJavaScript($MAP.get($key)).replaceAll("\\\\\'", "\'")"#if($foreach.hasNext),#end#end}'
)
_PAIRS = (
    "#define( $pairs ){#foreach($token in $input.body.split('&'))#set($parts = $token.split('='))"
    '"$util.escapeJavaScript($util.urlDecode($parts[0]))": "#if($parts.size() > 1)'
    """$util.escapeJavaScript($util.urlDecode($parts[1])).replaceAll("\\\\'", "'")#end"#if($foreach.hasNext),#end"""
    "#end}#end\n"
)
"""The fields of a form, as an object."""
_CONTEXT = (
    *("resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId", "protocol"),
    *("stage", "domainPrefix", "requestTimeEpoch", "requestId", "domainName", "apiId"),
)


def http_settings(events: Iterable[Any] | None, owner: str) -> Iterator[Mapping[str, Any]]:
    """The settings of a function's or a machine's http events. Raises TemplateInvalid, which names the owner."""
    for event in events or ():
        given = event.get("http") if isinstance(event, dict) else None
        if given is None:
            continue
        if isinstance(given, str):
            verb, _, path = given.strip().partition(" ")
            given = {"method": verb, "path": path.strip()}
        if not isinstance(given, dict) or not given.get("method") or given.get("path") is None:
            raise TemplateInvalid(f"{owner} has an http event without a path or a method")
        yield given


def machine_events(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each machine's name and logical id with the settings of one of its http events. Raises TemplateInvalid."""
    for key, settings in machines_of(document):
        for given in http_settings(settings.get("events"), f"the state machine {key}"):
            yield key, logical_id_of(key, settings), given


def http_role(service: Service) -> dict[str, Resource]:
    """The role with which the API starts machines, if any of its methods needs it."""
    events = [given for _, _, given in machine_events(service.document)]
    if all(given.get("iamRole") for given in events):
        return {}
    actions = sorted({f"states:{_START}", *(f"states:{given['action']}" for given in events if given.get("action"))})
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return {ROLE: role_for(service, "apigateway.amazonaws.com", "apigatewaytostepfunctions", [statement])}


def machine_integration(event: Mapping[str, Any], machine: str, timeout_millis: Any = None) -> dict[str, Any]:
    """The Integration property of a method that starts a machine."""
    action = event.get("action")
    integration: dict[str, Any] = {
        "IntegrationHttpMethod": "POST",
        "Type": "AWS",
        "Credentials": event.get("iamRole") or {"Fn::GetAtt": [ROLE, "Arn"]},
        "Uri": joined("arn:", PARTITION, ":apigateway:", REGION, f":states:action/{action or _START}"),
        "PassthroughBehavior": "WHEN_NO_TEMPLATES" if action else "NEVER",
        "RequestTemplates": _request_templates(event, machine),
        "IntegrationResponses": _responses(event),
    }
    timeout_millis = event.get("timeoutInMillis") or timeout_millis
    if timeout_millis:
        integration["TimeoutInMillis"] = timeout_millis
    return integration


def _request_templates(event: Mapping[str, Any], machine: str) -> dict[str, Any]:
    given = (event.get("request") or {}).get("template")
    if given == "lambda_proxy":
        return {
            _JSON: _with_machine(_proxy(_ESCAPED % "$input.body"), machine),
            _FORM: _with_machine(_PAIRS + _proxy(_ESCAPED % '"$pairs"'), machine),
        }
    body = _ESCAPED % "$input.json('$')"
    default = _with_machine(_REQUEST.format(body=body), machine)
    if given:
        return {_JSON: default, _FORM: default, **given}
    return {} if event.get("action") else {_JSON: default, _FORM: default}


def _proxy(body: str) -> str:
    """A request as functions behind a proxy integration see it, as the input of an execution."""
    context = ", ".join(f'"{name}": "$context.{name}"' for name in _CONTEXT)
    maps = {
        "headers": "input.params().header",
        "queryStringParameters": "input.params().querystring",
        "pathParameters": "input.params().path",
        "stageVariables": "stageVariables",
    }
    entries = ", ".join(f'"{name}": {_ENTRIES.replace("MAP", source)}' for name, source in maps.items())
    identity = _ENTRIES.replace("MAP", "context.identity")
    authorizer = _ENTRIES.replace("MAP", "context.authorizer")
    shown = (
        '{"resource": "$context.resourcePath", "path": "$context.path", "httpMethod": "$context.httpMethod",'
        f' {entries}, "requestContext": {{{context}, "identity": {identity}, "authorizer": {authorizer}}},'
        f' "body": "{body}", "isBase64Encoded": false}}'
    )
    escaped = _ESCAPED % '"$smInput"'
    return (
        f"#define( $smInput ){shown}#end\n"
        f'{{"input": "{escaped}", "name": "$context.requestId", "stateMachineArn": "${{StateMachineArn}}"}}'
    )


def _with_machine(template: str, machine: str) -> dict[str, Any]:
    return {"Fn::Sub": [template, {"StateMachineArn": {"Ref": machine}}]}


def _responses(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    cors = event.get("cors")
    origin = {"method.response.header.Access-Control-Allow-Origin": f"'{_origin(cors)}'"} if cors else {}
    if "responses" in event:
        return [
            {
                "StatusCode": str((value or {}).get("statusCode", key)),
                "SelectionPattern": (value or {}).get("selectionPattern", str(key)),
                "ResponseParameters": {**((value or {}).get("responseParameters") or {}), **origin},
                "ResponseTemplates": (value or {}).get("responseTemplates") or {},
            }
            for key, value in (event["responses"] or {}).items()
        ]
    response = event.get("response") or {}
    headers = {f"method.response.header.{name}": value for name, value in (response.get("headers") or {}).items()}
    return [
        {
            "StatusCode": "200",
            "SelectionPattern": "",
            "ResponseParameters": {**headers, **origin},
            "ResponseTemplates": response.get("template") or {},
        },
        {"StatusCode": "400", "SelectionPattern": "400", "ResponseParameters": origin, "ResponseTemplates": {}},
    ]


def _origin(cors: Any) -> str:
    given = cors.get("origins") or cors.get("origin") if isinstance(cors, dict) else "*"
    return ",".join(given) if isinstance(given, list) else str(given or "*")
