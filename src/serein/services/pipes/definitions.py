"""What a pipe is: its members, checked and with defaults, and how it is shown."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request
from serein.kernel.scope import Caller, Scope
from serein.services.pipes.errors import ValidationException, invalid
from serein.services.pipes.sources import parameters_of, require_source
from serein.services.pipes.store import Pipe
from serein.services.pipes.targets import kind_of_target, require_enrichment, require_target

_MOST_TAGS = 50
_PLAIN = ("Description", "RoleArn", "KmsKeyIdentifier", "Enrichment")
_LISTED = ("Enrichment", "Source", "Target")


def parse_definition(platform: Platform, scope: Scope, request: Request, before: dict[str, Any] | None) -> Request:
    """A pipe's definition after a request; `before` is None when it is made.

    AWS: an update changes the members that it has; what is particular to a service it replaces as a whole
    (https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_UpdatePipe.html).
    Raises ValidationException and NotImplementedHere.
    """
    known = before or {}
    source = require_source(scope, known.get("Source") or request["Source"])
    definition: dict[str, Any] = {"Source": str(source), "Target": request.get("Target") or known["Target"]}
    for member in _PLAIN:
        if value := request.get(member, known.get(member)):
            definition[member] = value
    parameters = _merged(known, request, "TargetParameters")
    if definition["Target"] != known.get("Target"):
        parameters = _fitting(definition["Target"], parameters, request.get("TargetParameters") or {})
    kinds = [require_target(platform, scope, definition["Target"], parameters)]
    if parameters:
        definition["TargetParameters"] = parameters
    enriching = _merged(known, request, "EnrichmentParameters")
    if "Enrichment" in definition:
        kinds.append(require_enrichment(platform, definition["Enrichment"], enriching))
        if enriching:
            definition["EnrichmentParameters"] = enriching
    elif request.get("EnrichmentParameters"):
        raise invalid(("EnrichmentParameters", "EnrichmentParameters need an Enrichment."))
    most = min((kind.most for kind in kinds if kind.most is not None), default=None)
    given = request.get("SourceParameters") or {}
    definition["SourceParameters"] = parameters_of(source, given, known.get("SourceParameters"), most)
    logs = _logs(request.get("LogConfiguration", known.get("LogConfiguration")) or {})
    if logs:
        definition["LogConfiguration"] = logs
    return definition


def _merged(known: dict[str, Any], request: Request, member: str) -> dict[str, Any]:
    """Parameters with those of a request; an empty template is none."""
    parameters = {**known.get(member, {}), **(request.get(member) or {})}
    if not parameters.get("InputTemplate"):
        parameters.pop("InputTemplate", None)
    return parameters


def _fitting(target: str, parameters: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Parameters without what is particular to the target that a pipe had before."""
    arn = find_arn(target)
    kind = kind_of_target(arn) if arn is not None else None
    kept = {"InputTemplate", kind.member if kind is not None else "", *given}
    return {name: value for name, value in parameters.items() if name in kept}


def _logs(configuration: dict[str, Any]) -> dict[str, Any]:
    """A log configuration, checked; empty when nothing is logged."""
    for member, name in (("S3LogDestination", "S3 buckets"), ("FirehoseLogDestination", "Firehose streams")):
        if configuration.get(member):
            raise NotImplementedHere(f"Serein does not send the logs of pipes to {name} ({member})")
    if configuration and configuration["Level"] != "OFF" and not configuration.get("CloudwatchLogsLogDestination"):
        raise invalid(("LogConfiguration", "A log destination is required unless Level is OFF."))
    return configuration


def parse_tags(known: dict[str, str], given: dict[str, str], caller: Caller) -> dict[str, str]:
    """Known tags with those of a request; those of AWS's own only services set. Raises ValidationException."""
    if caller.service is None and (reserved := [key for key in given if key.lower().startswith("aws:")]):
        raise ValidationException(f"Tag keys must not begin with aws: ({reserved[0]})")
    tags = known | given
    if len(tags) > _MOST_TAGS:
        raise ValidationException(f"A pipe can have at most {_MOST_TAGS} tags.")
    return tags


def describe(pipe: Pipe) -> Reply:
    """As DescribePipe shows it."""
    shown: Reply = {**short(pipe), **pipe.definition, "Tags": pipe.tags}
    if pipe.state_reason:
        shown["StateReason"] = pipe.state_reason
    if not pipe.tags:
        del shown["Tags"]
    return shown


def listed(pipe: Pipe) -> Reply:
    """As ListPipes shows it."""
    shown: Reply = {
        **short(pipe),
        **{member: pipe.definition[member] for member in _LISTED if member in pipe.definition},
    }
    if pipe.state_reason:
        shown["StateReason"] = pipe.state_reason
    return shown


def short(pipe: Pipe) -> Reply:
    """As every operation that changes a pipe shows it."""
    return {
        "Arn": pipe.arn,
        "Name": pipe.name,
        "DesiredState": "DELETED" if pipe.current_state == "DELETING" else pipe.desired_state,
        "CurrentState": pipe.current_state,
        "CreationTime": pipe.created_at,
        "LastModifiedTime": pipe.modified_at,
    }
