"""OpenAPI documents: parsed from JSON or YAML, with their references followed."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from serein.services.apigateway.control.patches import unescaped
from serein.services.apigateway.errors import BadRequestException

Node = dict[str, Any]
EXTENSION = "x-amazon-apigateway-"
ANY = f"{EXTENSION}any-method"
VERBS = {
    "get": "GET",
    "put": "PUT",
    "post": "POST",
    "delete": "DELETE",
    "patch": "PATCH",
    "options": "OPTIONS",
    "head": "HEAD",
    ANY: "ANY",
}
_DEEPEST_REFERENCE = 20


@dataclass(frozen=True, slots=True)
class Document:
    """A document, and whether it is OpenAPI 3."""

    root: Node
    is_3: bool

    @property
    def schemas(self) -> Node:
        return self._part("schemas", "definitions")

    @property
    def servers(self) -> list[dict[str, Any]]:
        """The servers, without what is none. AWS: an object in place of the list is no fault."""
        found = self.root.get("servers") or []
        return [server for server in found if isinstance(server, dict)] if isinstance(found, list) else []

    @property
    def security_schemes(self) -> Node:
        return self._part("securitySchemes", "securityDefinitions")

    def _part(self, of_3: str, of_2: str) -> Node:
        found = (self.root.get("components") or {}).get(of_3) if self.is_3 else self.root.get(of_2)
        return found or {}

    def extension(self, name: str) -> Any:
        return self.root.get(EXTENSION + name)

    def followed(self, node: Any) -> Node:
        """What a node, or the node that it refers to, is. Raises BadRequestException for a reference to nothing."""
        for _ in range(_DEEPEST_REFERENCE):
            if not isinstance(node, dict) or "$ref" not in node:
                break
            node = self._target(str(node["$ref"]))
        return node if isinstance(node, dict) else {}

    def _target(self, reference: str) -> Any:
        target: Any = self.root
        if not reference.startswith("#/"):
            raise BadRequestException(f"Invalid OpenAPI input. Unable to resolve reference '{reference}'")
        for part in reference[2:].split("/"):
            if not isinstance(target, dict) or unescaped(unquote(part)) not in target:
                raise BadRequestException(f"Invalid OpenAPI input. Unable to resolve reference '{reference}'")
            target = target[unescaped(unquote(part))]
        return target

    def base_path(self) -> str:
        """Where the document says that the API's paths begin; empty for the root."""
        if not self.is_3:
            return str(self.root.get("basePath") or "").rstrip("/")
        servers = self.servers
        if not servers:
            return ""
        variables = servers[0].get("variables") or {}
        if "basePath" in variables:
            path = str(variables["basePath"].get("default", ""))
            return f"/{path.strip('/')}" if path.strip("/") else ""
        return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/")


def parse_document(body: bytes) -> Document:
    """Raises BadRequestException for what is no OpenAPI document of version 2 or 3."""
    try:
        root = yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        raise BadRequestException("Invalid OpenAPI input.") from None
    if not isinstance(root, dict):
        raise BadRequestException("Invalid OpenAPI input.")
    version = str(root.get("openapi") or root.get("swagger") or "")
    if not version.startswith(("2", "3")) or ("openapi" in root) != version.startswith("3"):
        raise BadRequestException("Invalid OpenAPI input. Missing or unsupported 'swagger' or 'openapi' version")
    return Document(root, version.startswith("3"))
