"""Revisions: where an AppSpec file is, and what it says.

AWS: https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
"""

import hashlib
import json
from typing import Any, NamedTuple

import yaml

from serein.kernel.errors import NotImplementedHere
from serein.services.codedeploy.errors import InvalidRevisionException, RevisionRequiredException

BEFORE = "BeforeAllowTraffic"
AFTER = "AfterAllowTraffic"
_MEMBERS = {"S3": "s3Location", "String": "string", "AppSpecContent": "appSpecContent"}
Revision = dict[str, Any]


class AppSpec(NamedTuple):
    """What is to be deployed."""

    function: str
    alias: str
    current: str
    target: str
    before_hook: str = ""
    after_hook: str = ""


def parse_revision(revision: Revision | None) -> Revision:
    """A revision in the form in which it is kept.

    Raises RevisionRequiredException, InvalidRevisionException and NotImplementedHere.
    """
    if not revision:
        raise RevisionRequiredException("Revision is required")
    kind = revision.get("revisionType")
    if kind == "GitHub":
        raise NotImplementedHere("Serein does not implement revisions on GitHub (revisionType)")
    member = _MEMBERS.get(kind or "")
    if member is None or not revision.get(member):
        raise InvalidRevisionException("The revision must have a revisionType and the location that belongs to it")
    location = dict(revision[member])
    if kind == "S3":
        if not location.get("bucket") or not location.get("key"):
            raise InvalidRevisionException("The revision in S3 must have a bucket and a key")
        if location.get("bundleType") not in ("YAML", "JSON"):
            raise InvalidRevisionException("The bundleType of a Lambda deployment's revision must be YAML or JSON")
    else:
        location = _checked(location)
    return {"revisionType": kind, member: location}


def _checked(location: dict[str, str]) -> dict[str, str]:
    content = location.get("content")
    if not content:
        raise InvalidRevisionException("The content of the AppSpec file is missing")
    digest = hashlib.sha256(content.encode()).hexdigest()
    if location.get("sha256", digest) != digest:
        raise InvalidRevisionException("The SHA256 of the AppSpec file's content is not the one that was given")
    return {"content": content, "sha256": digest}


def content_of(revision: Revision) -> str | None:
    """The AppSpec file when the revision holds it; None when it is in S3."""
    member = _MEMBERS[revision["revisionType"]]
    content: str | None = revision[member].get("content")
    return content


def key_of(revision: Revision) -> str:
    """What a revision is known by."""
    return hashlib.sha256(json.dumps(revision, sort_keys=True).encode()).hexdigest()


def revision_of(spec: AppSpec) -> Revision:
    """A revision for a deployment that the platform makes on its own."""
    properties = {
        "Name": spec.function,
        "Alias": spec.alias,
        "CurrentVersion": spec.current,
        "TargetVersion": spec.target,
    }
    hooks = [{name: hook} for name, hook in ((BEFORE, spec.before_hook), (AFTER, spec.after_hook)) if hook]
    document = {
        "version": 0.0,
        "Resources": [{spec.function: {"Type": "AWS::Lambda::Function", "Properties": properties}}],
        **({"Hooks": hooks} if hooks else {}),
    }
    content = json.dumps(document)
    return parse_revision({"revisionType": "AppSpecContent", "appSpecContent": {"content": content}})


def parse_app_spec(content: str) -> AppSpec:
    """Read an AppSpec file, YAML or JSON. Raises InvalidRevisionException."""
    try:
        document = yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidRevisionException(f"The AppSpec file is neither YAML nor JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidRevisionException("The AppSpec file must be an object")
    members = {str(name).lower(): value for name, value in document.items()}
    if str(members.get("version")) not in ("0.0", "0"):
        raise InvalidRevisionException("The version of the AppSpec file must be 0.0")
    properties = _properties(members.get("resources"))
    hooks = _hooks(members.get("hooks") or [])
    texts = []
    for name in ("Name", "Alias", "CurrentVersion", "TargetVersion"):
        value = properties.get(name)
        if not isinstance(value, (str, int)) or value == "":
            raise InvalidRevisionException(f"The AppSpec file must have {name} in the properties of its resource")
        texts.append(str(value))
    return AppSpec(texts[0], texts[1], texts[2], texts[3], hooks.get(BEFORE, ""), hooks.get(AFTER, ""))


def _properties(resources: Any) -> dict[str, Any]:
    if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], dict):
        raise InvalidRevisionException("The AppSpec file must have exactly one resource")
    resource = next(iter(resources[0].values()), None)
    if not isinstance(resource, dict) or resource.get("Type") != "AWS::Lambda::Function":
        raise InvalidRevisionException("The resource of the AppSpec file must be of the type AWS::Lambda::Function")
    properties = resource.get("Properties")
    if not isinstance(properties, dict):
        raise InvalidRevisionException("The resource of the AppSpec file must have properties")
    return properties


def _hooks(given: Any) -> dict[str, str]:
    hooks: dict[str, str] = {}
    for each in given if isinstance(given, list) else [None]:
        if not isinstance(each, dict) or len(each) != 1:
            raise InvalidRevisionException("The hooks of the AppSpec file must be a list of single hooks")
        name, function = next(iter(each.items()))
        if name not in (BEFORE, AFTER):
            raise InvalidRevisionException(f"{name} is not a hook of Lambda deployments")
        if not isinstance(function, str) or not function:
            raise InvalidRevisionException(f"The hook {name} must name a function")
        hooks[name] = function
    return hooks
