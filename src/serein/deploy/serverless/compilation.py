"""From a service to the CloudFormation template that the framework makes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from serein.deploy.serverless.additions import with_additions
from serein.deploy.serverless.bucket_events import bucket_resources
from serein.deploy.serverless.fragments import PARTITION, Made, joined, resource
from serein.deploy.serverless.functions import function_resources
from serein.deploy.serverless.http_api_events import http_api_resources
from serein.deploy.serverless.http_events import rest_resources
from serein.deploy.serverless.known import known_only, warnings_of
from serein.deploy.serverless.layers import layer_resources
from serein.deploy.serverless.mapping_events import queue_resources, stream_resources
from serein.deploy.serverless.other_events import alexa_resources, iot_resources, log_resources, pool_resources
from serein.deploy.serverless.plugins.canaries import deployment_resources
from serein.deploy.serverless.plugins.domains import domain_notices, domain_resources
from serein.deploy.serverless.plugins.lift import construct_resources
from serein.deploy.serverless.plugins.notices import function_keys, plugin_warnings
from serein.deploy.serverless.plugins.pseudo_parameters import with_pseudo_parameters
from serein.deploy.serverless.roles import function_roles, own_statements, shared_role
from serein.deploy.serverless.rule_events import bridge_resources, cloudwatch_resources, schedule_resources
from serein.deploy.serverless.service import Function, Service
from serein.deploy.serverless.topic_events import topic_resources
from serein.deploy.serverless.versions import publish, redirect_to_aliases
from serein.deploy.serverless.websocket_events import websocket_resources
from serein.deploy.serverless.workflows.exact_versions import use_exact_versions
from serein.deploy.serverless.workflows.machines import state_machine_resources
from serein.deploy.serverless.workflows.notices import state_machine_notices
from serein.deploy.templates import Template

_BUCKET = "ServerlessDeploymentBucket"
_EVENTS: tuple[Callable[[Service, Function], Made], ...] = (
    schedule_resources,
    stream_resources,
    log_resources,
    alexa_resources,
    iot_resources,
    cloudwatch_resources,
    bridge_resources,
    queue_resources,
)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A service as a template whose code is still local."""

    service: Service
    template: Template
    warnings: list[str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Of the stack."""

    def complete(self, template: Template, digests: Mapping[str, bytes]) -> Template:
        """The packaged template with the versions of functions; `digests` are their packages' by logical id."""
        completed = {**template, "Resources": dict(template["Resources"])}
        outputs = publish(self.service, completed, digests)
        use_exact_versions(self.service, completed["Resources"])
        completed["Outputs"] = {**(completed.get("Outputs") or {}), **_exported(self.service, outputs)}
        return completed


def compile_service(service: Service, is_domain_of_others: Callable[[str], bool]) -> Compiled:
    """`is_domain_of_others` says whether another stack has made a domain name. Raises TemplateInvalid."""
    warnings = [*warnings_of(service, function_keys(service)), *plugin_warnings(service), *domain_notices(service)]
    warnings += state_machine_notices(service)
    made = _deployment_bucket(service)
    _add(made, layer_resources(service))
    needs = _add_functions(service, made)
    document = {**known_only(service.document), "service": service.name}
    websockets = websocket_resources(document, service.stage)
    constructs, shifts = construct_resources(service), deployment_resources(service)
    made.resources |= constructs.resources | shifts.resources
    for part in (
        rest_resources(document, service.stage),
        http_api_resources(document, service.stage),
        websockets,
        bucket_resources(service),
        pool_resources(service),
        state_machine_resources(service),
    ):
        made.resources.update(part.resources)
        made.outputs.update(part.outputs)
    _add(made, domain_resources(service, service.stage, made.resources, is_domain_of_others))
    shared = [each for key, statements in needs.items() for each in statements if _shares_role(service, key)]
    _add(
        made, shared_role(service, _once([*shared, *websockets.statements, *constructs.statements, *shifts.statements]))
    )
    _add(made, function_roles(service, needs))
    redirect_to_aliases(service, made.resources)
    template: Template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The AWS CloudFormation template for this Serverless application",
        "Resources": made.resources,
        "Outputs": {**_exported(service, made.outputs), **constructs.outputs},
    }
    return Compiled(service, with_pseudo_parameters(service, with_additions(service, template)), warnings)


def _add_functions(service: Service, made: Made) -> dict[str, list[dict[str, Any]]]:
    """Functions with the events that concern them alone; what the role of each needs."""
    topics: dict[str, Any] = {}
    needs = {}
    for function in service.functions:
        parts = [function_resources(service, function), *(compile_(service, function) for compile_ in _EVENTS)]
        parts.append(topic_resources(service, function, topics))
        for part in parts:
            _add(made, part)
        needs[function.key] = [statement for part in parts for statement in part.statements]
    made.resources.update(topics)
    return needs


def _add(made: Made, part: Made) -> None:
    made.resources.update(part.resources)
    made.outputs.update(part.outputs)


def _shares_role(service: Service, key: str) -> bool:
    function = service.require_function(key, key)
    return "role" not in function.settings and own_statements(function) is None


def _once(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for statement in statements:
        if statement not in found:
            found.append(statement)
    return found


def _exported(service: Service, outputs: Mapping[str, Any]) -> dict[str, Any]:
    if service.provider.get("disableDefaultOutputExportNames"):
        return dict(outputs)
    prefix = f"sls-{service.name}-{service.stage}"
    return {name: {**output, "Export": {"Name": f"{prefix}-{name}"}} for name, output in outputs.items()}


def _deployment_bucket(service: Service) -> Made:
    """The bucket that templates may refer to; it stays empty."""
    if service.provider.get("deploymentBucket"):
        return Made()
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    bucket_arn = joined("arn:", PARTITION, ":s3:::", {"Ref": _BUCKET})
    statement = {
        "Action": "s3:*",
        "Effect": "Deny",
        "Principal": "*",
        "Resource": [joined("arn:", PARTITION, ":s3:::", {"Ref": _BUCKET}, "/*"), bucket_arn],
        "Condition": {"Bool": {"aws:SecureTransport": False}},
    }
    resources = {
        _BUCKET: resource("AWS::S3::Bucket", {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}),
        f"{_BUCKET}Policy": resource(
            "AWS::S3::BucketPolicy", {"Bucket": {"Ref": _BUCKET}, "PolicyDocument": {"Statement": [statement]}}
        ),
    }
    return Made(resources, {f"{_BUCKET}Name": {"Value": {"Ref": _BUCKET}}})
