"""From a template with local paths to one whose code and files are uploaded, ready for CloudFormation."""

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeGuard

from serein.deploy.artifacts import Artifacts
from serein.deploy.build.images import names_image
from serein.deploy.build.packages import Package, Packager, Unit
from serein.deploy.build.requirements import Wanted
from serein.deploy.build.source_maps import with_source_maps
from serein.deploy.errors import BuildFailed
from serein.deploy.loops import unrolled
from serein.deploy.templates import NAMES, Template, parameter_values, read_template, resolved

_FUNCTIONS = {"AWS::Serverless::Function": "CodeUri", "AWS::Lambda::Function": "Code"}
_LAYERS = {"AWS::Serverless::LayerVersion": "ContentUri", "AWS::Lambda::LayerVersion": "Content"}
_URI, _LOCATION = "uri", "location"
_FILES: dict[str, dict[str, str]] = {
    "AWS::ApiGateway::RestApi": {"BodyS3Location": _LOCATION},
    "AWS::ApiGatewayV2::Api": {"BodyS3Location": _LOCATION},
    "AWS::AppSync::FunctionConfiguration": {
        "CodeS3Location": _URI,
        "RequestMappingTemplateS3Location": _URI,
        "ResponseMappingTemplateS3Location": _URI,
    },
    "AWS::AppSync::GraphQLSchema": {"DefinitionS3Location": _URI},
    "AWS::AppSync::Resolver": {
        "CodeS3Location": _URI,
        "RequestMappingTemplateS3Location": _URI,
        "ResponseMappingTemplateS3Location": _URI,
    },
    "AWS::Serverless::Api": {"DefinitionUri": _URI},
    "AWS::Serverless::HttpApi": {"DefinitionUri": _URI},
    "AWS::Serverless::StateMachine": {"DefinitionUri": _URI},
    "AWS::StepFunctions::StateMachine": {"DefinitionS3Location": _LOCATION},
}
NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""The property of a resource that is a stack of its own that names its template."""
_REMOTE = ("s3://", "http://", "https://", "arn:")
SOURCE = "serein:source"
"""In a resource's Metadata: the folder or file that its code was made from, for who reads its traces."""
PATTERNS = "serein:patterns"
"""In a resource's Metadata: which files of its folder belong in the package, as `selection.selected` reads it."""
WITHIN = "serein:within"
"""In a resource's Metadata: what those patterns have before the names of the folder's files."""
WANTED = "serein:wanted"
"""In a resource's Metadata: the Python packages that are installed, as members of `Wanted`."""
FILES = "serein:files"
"""In a resource's Metadata: more files of its package, texts by name."""
WITH_PACKAGES = "serein:packages"
"""In a resource's Metadata: whether a bundle has the project's dependencies beside it."""
_OF_BUILDS = (PATTERNS, WITHIN, WANTED, FILES, WITH_PACKAGES)
_PLACES = ("ProjectRootDirectory", "ContextPath", "WorkingDirectory")
_BUILT = frozenset({".aws-sam", "build"})
"""In the path of a template that `sam build` wrote: it has built what the template names."""


@dataclass(slots=True)
class Packaged:
    """A template ready for CloudFormation."""

    template: Template
    functions: dict[str, str] = field(default_factory=dict)
    """The uploaded package's key of each function with local code, by logical id."""
    sources: dict[str, Path] = field(default_factory=dict)
    """Where the code of each function and layer is, by logical id."""
    packages: dict[str, Path] = field(default_factory=dict)
    """The package of each function and layer with local code, by logical id."""

    def digests(self) -> dict[str, bytes]:
        """The SHA-256 digest of each package, by logical id."""
        found = {path: hashlib.sha256(path.read_bytes()).digest() for path in set(self.packages.values())}
        return {logical_id: found[path] for logical_id, path in self.packages.items()}


class Packaging:
    """Packages templates of one project."""

    def __init__(self, packager: Packager, artifacts: Artifacts) -> None:
        self._packager = packager
        self._artifacts = artifacts
        self._shared: dict[tuple[Any, ...], Package] = {}

    def package(self, template: Template, folder: Path, parameters: dict[str, str]) -> Packaged:
        """Build and upload what the template names in `folder`. Raises BuildFailed, TemplateInvalid."""
        packaged = Packaged(copy.deepcopy(template))
        values = parameter_values(template, parameters)
        for logical_id, resource in packaged.template["Resources"].items():
            properties = resource.setdefault("Properties", {}) or {}
            resource["Properties"] = properties
            kind = resource.get("Type", "")
            if kind in _FUNCTIONS or kind in _LAYERS:
                self._code(packaged, logical_id, folder, values)
            for name, form in _FILES.get(kind, {}).items():
                if is_local(path := resolved(properties.get(name), values)):
                    properties[name] = self._file(logical_id, folder / path, form)
            if kind in NESTED and is_local(path := resolved(properties.get(NESTED[kind]), values)):
                nested = _nested_template((folder / path).resolve())
                properties[NESTED[kind]] = self._nested(packaged, nested)
        packaged.template = self._with_includes(packaged.template, folder)
        return packaged

    def _code(self, packaged: Packaged, logical_id: str, folder: Path, values: dict[str, str]) -> None:
        resource = packaged.template["Resources"][logical_id]
        kind, properties = resource["Type"], resource["Properties"]
        is_layer = kind in _LAYERS
        name = _LAYERS[kind] if is_layer else _FUNCTIONS[kind]
        defaults: dict[str, Any] = {}
        if kind == "AWS::Serverless::Function":
            defaults = (packaged.template.get("Globals") or {}).get("Function") or {}
        if not is_layer and {**defaults, **properties}.get("PackageType") == "Image":
            self._image(packaged, logical_id, folder)
            return
        path = resolved(properties.get(name, defaults.get(name)), values)
        if path is None and kind == "AWS::Serverless::Function" and _wants_code({**defaults, **properties}):
            path = "."
        if not is_local(path):
            return
        source = (folder / path).resolve()
        unit = _unit(logical_id, resource, {**defaults, **properties}, source, folder, values, is_layer)
        if unit.method == "esbuild" and not is_layer:
            unit = replace(
                unit, properties=with_source_maps(properties, _merged(defaults, properties), unit.properties)
            )
        package = self._package(unit)
        key = f"{package.content}{package.path.suffix}"
        self._artifacts.upload(key, package.path)
        packaged.sources[logical_id] = unit.source
        packaged.packages[logical_id] = package.path
        metadata = {key: each for key, each in (resource.get("Metadata") or {}).items() if key not in _OF_BUILDS}
        resource["Metadata"] = {**metadata, SOURCE: str(unit.source)}
        if not is_layer:
            packaged.functions[logical_id] = key
        if kind.startswith("AWS::Serverless::"):
            properties[name] = self._artifacts.s3_uri(key)
        else:
            properties[name] = {"S3Bucket": self._artifacts.bucket, "S3Key": key}

    def _package(self, unit: Unit) -> Package:
        """Functions of one folder have one package, unless a tool makes each its own."""
        if unit.properties or self._packager.tool(unit):
            return self._packager.package(unit)
        key = (
            unit.source,
            unit.runtime,
            unit.method,
            unit.is_layer,
            unit.patterns,
            unit.within,
            unit.wanted,
            unit.files,
        )
        if key not in self._shared:
            self._shared[key] = self._packager.package(unit)
        return self._shared[key]

    def _image(self, packaged: Packaged, logical_id: str, folder: Path) -> None:
        resource = packaged.template["Resources"][logical_id]
        metadata, properties = resource.get("Metadata") or {}, resource["Properties"]
        is_sam = resource["Type"] == "AWS::Serverless::Function"
        if metadata.get("SkipBuild") not in (True, "true", "True") and names_image(metadata):
            uri = self._packager.image(logical_id, metadata, folder)
            properties.update({"ImageUri": uri} if is_sam else {"Code": {"ImageUri": uri}})
            packaged.sources[logical_id] = (folder / str(metadata.get("DockerContext") or ".")).resolve()
        elif "ImageUri" not in (properties if is_sam else properties.get("Code") or {}):
            raise BuildFailed(
                f"{logical_id}: PackageType Image needs ImageUri, or Metadata with Dockerfile and DockerContext."
            )

    def _file(self, logical_id: str, path: Path, form: str) -> Any:
        if not path.is_file():
            raise BuildFailed(f"{logical_id}: {path} does not exist.")
        content = path.read_bytes()
        key = hashlib.sha256(content).hexdigest() + path.suffix
        self._artifacts.upload(key, content)
        return self._artifacts.s3_uri(key) if form == _URI else {"Bucket": self._artifacts.bucket, "Key": key}

    def _nested(self, packaged: Packaged, path: Path) -> str:
        inner = self.package(unrolled(read_template(path), {}), path.parent, {})
        packaged.sources.update({f"{path.stem}/{name}": source for name, source in inner.sources.items()})
        content = json.dumps(inner.template).encode()
        key = hashlib.sha256(content).hexdigest() + ".template.json"
        self._artifacts.upload(key, content)
        return self._artifacts.url(key)

    def _with_includes(self, value: Any, folder: Path) -> Any:
        """The template with the local files of `AWS::Include` uploaded."""

        def upload(location: str) -> Any:
            return self._file("AWS::Include", folder / location, _URI)

        return _included(value, upload)


def _nested_template(path: Path) -> Path:
    """The template itself, where a path names what `sam build` would make of it and has not made."""
    if path.exists() or path.parts[-3:-1] != (".aws-sam", "build"):
        return path
    return next((found for name in NAMES if (found := path.parents[2] / name).is_file()), path)


def _merged(defaults: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """A function's properties over the template's global ones, variables one by one, as SAM merges them."""
    variables = [(each.get("Environment") or {}).get("Variables") or {} for each in (defaults, properties)]
    return {**defaults, **properties, "Environment": {"Variables": {**variables[0], **variables[1]}}}


def is_local(value: Any) -> TypeGuard[str]:
    """Whether a property names a file or folder beside the template."""
    return isinstance(value, str) and not value.startswith(_REMOTE)


def _included(value: Any, upload: Callable[[str], Any]) -> Any:
    if isinstance(value, list):
        return [_included(item, upload) for item in value]
    if not isinstance(value, dict):
        return value
    transform = value.get("Fn::Transform")
    if isinstance(transform, dict) and transform.get("Name") == "AWS::Include":
        location = (transform.get("Parameters") or {}).get("Location")
        if is_local(location):
            parameters = {**transform["Parameters"], "Location": upload(location)}
            value = {**value, "Fn::Transform": {**transform, "Parameters": parameters}}
    return {key: _included(item, upload) for key, item in value.items()}


def _wants_code(properties: dict[str, Any]) -> bool:
    return not ({"InlineCode", "ImageUri"} & properties.keys()) and properties.get("PackageType") != "Image"


def _unit(
    logical_id: str,
    resource: dict[str, Any],
    properties: dict[str, Any],
    source: Path,
    folder: Path,
    values: dict[str, str],
    is_layer: bool,
) -> Unit:
    metadata = resource.get("Metadata") or {}
    return Unit(
        logical_id,
        source,
        runtime="" if is_layer else str(resolved(properties.get("Runtime", ""), values)),
        handler=str(resolved(properties.get("Handler", ""), values)),
        method=str(metadata.get("BuildMethod") or ""),
        properties=metadata.get("BuildProperties") or {},
        is_layer=is_layer,
        patterns=tuple(metadata.get(PATTERNS) or ()),
        within=str(metadata.get(WITHIN) or ""),
        wanted=_wanted(metadata.get(WANTED) or {}),
        files=tuple((metadata.get(FILES) or {}).items()),
        has_packages=bool(metadata.get(WITH_PACKAGES)),
        is_built=metadata.get("SkipBuild") in (True, "true", "True") or set(folder.parts) >= _BUILT,
        places={name: (folder / str(metadata[name])).resolve() for name in _PLACES if metadata.get(name)},
    )


def _wanted(members: dict[str, Any]) -> Wanted:
    given: Any = {name: tuple(each) if isinstance(each, list) else each for name, each in members.items()}
    return Wanted(**given)
