"""What a deployment made, for people: API addresses with their routes, functions, queues, tables, outputs, notices."""

from botocore.exceptions import ClientError

from serein.deploy import Deployed, Target

_SHOWN = {
    "AWS::Lambda::Function": "Function",
    "AWS::DynamoDB::Table": "Table",
    "AWS::SQS::Queue": "Queue",
    "AWS::SNS::Topic": "Topic",
    "AWS::S3::Bucket": "Bucket",
    "AWS::Events::EventBus": "Event bus",
    "AWS::StepFunctions::StateMachine": "State machine",
}
_WIDTH = 14


def summary_lines(deployed: Deployed, target: Target) -> list[str]:
    """The lines that tell what a stack holds."""
    lines: list[str] = []
    for logical_id, kind in deployed.types.items():
        if kind == "AWS::ApiGatewayV2::Api":
            lines += _api_lines(target, logical_id, deployed.resources[logical_id])
    for kind, label in _SHOWN.items():
        for logical_id, found in sorted(deployed.types.items()):
            if found == kind:
                lines.append(_line(label, f"{logical_id}  {deployed.resources[logical_id]}"))
    for name, value in sorted(deployed.outputs.items()):
        lines.append(_line("Output", f"{name} = {value}"))
    for warning in deployed.warnings:
        lines.append(_line("Notice", warning))
    return lines


def _line(label: str, text: str) -> str:
    return f"  {label:<{_WIDTH}}{text}"


def _api_lines(target: Target, logical_id: str, api_id: str) -> list[str]:
    apis = target.client("apigatewayv2")
    try:
        api = apis.get_api(ApiId=api_id)
        routes = apis.get_routes(ApiId=api_id)["Items"]
        stages = [stage["StageName"] for stage in apis.get_stages(ApiId=api_id)["Items"]]
    except ClientError:
        return [_line("API", f"{logical_id}  {api_id}")]
    lines = []
    for stage in stages:
        base = api["ApiEndpoint"] if stage == "$default" else f"{api['ApiEndpoint']}/{stage}"
        lines.append(_line("API", f"{logical_id}  {base}"))
        # For what can't resolve *.localhost names (browsers and curl can).
        lines.append(_line("", f"or by path  {target.endpoint}/_aws/execute-api/{api_id}/{stage}"))
        for key in sorted(route["RouteKey"] for route in routes):
            method, _, path = key.partition(" ")
            lines.append(_line("", f"{method:<8}{base}{path}" if path else f"{'ANY':<8}{base}/… ({method})"))
    return lines
