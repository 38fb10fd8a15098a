"""What a function's package holds: which files by the `package` settings, an artifact that is ready, or a bundle.

https://www.serverless.com/framework/docs/guides/packaging
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.packaging import FILES, PATTERNS, WANTED, WITH_PACKAGES, WITHIN
from serein.deploy.serverless.fragments import Resource
from serein.deploy.serverless.plugins.python_requirements import module_of, wanted_of, zip_files
from serein.deploy.serverless.plugins.wsgi import wsgi_files
from serein.deploy.serverless.service import Function, Service

_NEVER = (
    "!.gitignore",
    "!npm-debug.log",
    "!yarn-*.log",
    "!.serverless/**",
    "!.serverless_plugins/**",
    "!.esbuild/**",
    "!.webpack/**",
    "!.env*",
    "!serverless.{yml,yaml,json,js,cjs,mjs,ts}",
)
_TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")
BUNDLERS = ("serverless-esbuild", "serverless-webpack", "serverless-plugin-typescript", "serverless-bundle")
_ESBUILD = {
    "minify": "Minify",
    "keepNames": "KeepNames",
    "target": "Target",
    "format": "Format",
    "sourcesContent": "SourcesContent",
    "treeShaking": "TreeShaking",
    "mainFields": "MainFields",
    "resolveExtensions": "ResolveExtensions",
    "loader": "Loader",
    "define": "Define",
    "banner": "Banner",
    "footer": "Footer",
    "outExtension": "OutExtension",
    "alias": "Alias",
    "charset": "Charset",
    "conditions": "Conditions",
    "drop": "Drop",
    "inject": "Inject",
    "jsx": "Jsx",
    "jsxFactory": "JsxFactory",
    "jsxFragment": "JsxFragment",
    "jsxImportSource": "JsxImportSource",
    "legalComments": "LegalComments",
    "tsconfig": "Tsconfig",
}
ESBUILD_READ = frozenset({*_ESBUILD, "exclude", "external", "sourcemap", "sourceMap"})
_FIRST_WITH_SDK_3 = 18
_DEFAULT_RUNTIME = "nodejs20.x"


def add_contents(service: Service, function: Function, made: Resource) -> None:
    """Add what the function's code is made from: `Code`, and how in its Metadata. Raises TemplateInvalid."""
    package: Mapping[str, Any] = service.document.get("package") or {}
    own: Mapping[str, Any] = function.settings.get("package") or {}
    artifact = own.get("artifact") or (None if own.get("individually") else package.get("artifact"))
    if artifact:
        made["Properties"]["Code"] = _artifact(str(artifact))
        return
    module = module_of(service, function)
    made["Properties"]["Code"] = module or "."
    entry = _bundled_entry(service, function)
    if entry is not None:
        properties = _bundle_properties(service, entry, runtime_of(service, function))
        patterns = [*_patterns(package), *_patterns(own)]
        external = [each for each in _esbuild_settings(service).get("external") or () if each != "*"]
        bundled = {
            "BuildMethod": "esbuild",
            "BuildProperties": properties,
            PATTERNS: ["!**", *patterns] if patterns else None,
            WITH_PACKAGES: bool(external),
        }
        made["Metadata"] = {key: each for key, each in bundled.items() if each}
        return
    is_alone = own.get("individually", package.get("individually"))
    metadata: dict[str, Any] = {
        PATTERNS: [*_NEVER, *_layer_patterns(service), *_patterns(package), *_patterns(own if is_alone else {})],
        WITHIN: f"{module}/" if module else "",
    }
    if runtime_of(service, function).startswith("python"):
        metadata |= {
            WANTED: wanted_of(service),
            FILES: {**zip_files(service), **wsgi_files(service, function)},
        }
    made["Metadata"] = {key: each for key, each in metadata.items() if each}


def runtime_of(service: Service, function: Function) -> str:
    return str(function.settings.get("runtime") or service.provider.get("runtime") or _DEFAULT_RUNTIME)


def image_of(service: Service, function: Function) -> tuple[dict[str, Any], dict[str, Any]]:
    """Properties and Metadata of a function that is a container image. Raises TemplateInvalid."""
    given = function.settings["image"]
    settings: Mapping[str, Any] = given if isinstance(given, dict) else {}
    members = {"command": "Command", "entryPoint": "EntryPoint", "workingDirectory": "WorkingDirectory"}
    configured = {member: settings[key] for key, member in members.items() if settings.get(key)}
    properties: dict[str, Any] = {"PackageType": "Image", **({"ImageConfig": configured} if configured else {})}
    name, uri = settings.get("name"), settings.get("uri")
    if isinstance(given, str):
        name, uri = (None, given) if "/" in given or ":" in given else (given, None)
    images = (service.provider.get("ecr") or {}).get("images") or {}
    if name is not None:
        found = images.get(name)
        found = {"uri": found} if isinstance(found, str) else found
        if not isinstance(found, dict):
            raise TemplateInvalid(
                f"the function {function.key} has the image {name}, which provider.ecr.images hasn't."
            )
        uri = found.get("uri")
        if uri is None:
            built = {
                "Dockerfile": found.get("file") or "Dockerfile",
                "DockerContext": found.get("path") or ".",
                "DockerBuildArgs": found.get("buildArgs") or {},
            }
            return properties, built
    return {**properties, "Code": {"ImageUri": uri}}, {}


def _artifact(artifact: str) -> Any:
    if artifact.startswith("s3://"):
        bucket, _, key = artifact.removeprefix("s3://").partition("/")
        return {"S3Bucket": bucket, "S3Key": key}
    return artifact


def _layer_patterns(service: Service) -> list[str]:
    layers = service.document.get("layers") or {}
    paths = [
        Path(str(each["path"])).as_posix() for each in layers.values() if isinstance(each, dict) and each.get("path")
    ]
    return [f"!{path}/**" for path in paths if path != "."]


def _patterns(package: Mapping[str, Any]) -> list[str]:
    """Patterns in the order that they count, the last that matches deciding; exclude and include are version 2's."""
    excluded = [f"!{each}" if not str(each).startswith("!") else str(each)[1:] for each in package.get("exclude") or ()]
    return [*excluded, *map(str, package.get("include") or ()), *map(str, package.get("patterns") or ())]


def _bundled_entry(service: Service, function: Function) -> str | None:
    """The file that esbuild begins with; None for a function that isn't bundled."""
    if not runtime_of(service, function).startswith("nodejs"):
        return None
    stem = str(function.settings.get("handler")).rpartition(".")[0].removeprefix("./")
    for suffix in _TYPESCRIPT:
        if (service.folder / f"{stem}{suffix}").is_file():
            return f"{stem}{suffix}"
    build = service.document.get("build")
    wants = build == "esbuild" or (isinstance(build, dict) and build.get("esbuild"))
    if not wants and not set(BUNDLERS) & set(service.plugins):
        return None
    found = (
        f"{stem}{suffix}"
        for suffix in (".js", ".mjs", ".cjs", ".jsx")
        if (service.folder / f"{stem}{suffix}").is_file()
    )
    return next(found, None)


def _bundle_properties(service: Service, entry: str, runtime: str) -> dict[str, Any]:
    settings = _esbuild_settings(service)
    external = [*(settings.get("exclude") or [_sdk_of(runtime)]), *(settings.get("external") or ())]
    return {
        "EntryPoints": [entry],
        "Outbase": ".",
        "Sourcemap": bool(settings.get("sourcemap") or settings.get("sourceMap")),
        "External": [each for each in external if each != "*"],
        **{member: settings[key] for key, member in _ESBUILD.items() if settings.get(key) is not None},
    }


def _esbuild_settings(service: Service) -> Mapping[str, Any]:
    build = service.document.get("build")
    given = build.get("esbuild") if isinstance(build, dict) else service.custom.get("esbuild")
    return given if isinstance(given, dict) else {}


def _sdk_of(runtime: str) -> str:
    """The AWS SDK that a Node.js runtime has: version 2 until nodejs16.x."""
    version = runtime.removeprefix("nodejs").partition(".")[0]
    return "aws-sdk" if version.isdigit() and int(version) < _FIRST_WITH_SDK_3 else "@aws-sdk/*"
