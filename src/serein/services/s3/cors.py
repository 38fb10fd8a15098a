"""Cross-origin rules of buckets: which page may do what, and what its browser is told."""

from typing import Any

from serein.services.s3.errors import InvalidRequest, MalformedXML

_METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")


def require_valid_rules(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules of a CORS configuration. Raises MalformedXML or InvalidRequest."""
    rules: list[dict[str, Any]] = configuration.get("CORSRules", [])
    if not 1 <= len(rules) <= 100:
        raise MalformedXML
    for rule in rules:
        _require_valid_rule(rule)
    return rules


def _require_valid_rule(rule: dict[str, Any]) -> None:
    if not rule.get("AllowedMethods") or not rule.get("AllowedOrigins"):
        raise MalformedXML
    for method in rule["AllowedMethods"]:
        if method not in _METHODS:
            raise InvalidRequest(f"Found unsupported HTTP method in CORS config. Unsupported method is {method}")
    for member, name in (("AllowedOrigins", "AllowedOrigin"), ("AllowedHeaders", "AllowedHeader")):
        for pattern in rule.get(member, ()):
            if pattern.count("*") > 1:
                raise InvalidRequest(f'{name} "{pattern}" can not have more than one wildcard.')
    for header in rule.get("ExposeHeaders", ()):
        if "*" in header:
            raise InvalidRequest(
                f'ExposeHeader "{header}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
            )


def find_headers(
    rules: list[dict[str, Any]], origin: str, method: str, asked_headers: list[str], *, is_preflight: bool
) -> list[tuple[str, str]] | None:
    """The headers that tell a browser yes, from the first rule that allows the request; None when none does."""
    for rule in rules:
        allowed = next((pattern for pattern in rule["AllowedOrigins"] if _matches(pattern, origin)), None)
        if allowed is None or method not in rule["AllowedMethods"]:
            continue
        if not all(_is_header_allowed(rule, header) for header in asked_headers):
            continue
        return _headers(rule, "*" if allowed == "*" else origin, asked_headers, is_preflight=is_preflight)
    return None


def _headers(
    rule: dict[str, Any], origin: str, asked_headers: list[str], *, is_preflight: bool
) -> list[tuple[str, str]]:
    headers = [
        ("access-control-allow-origin", origin),
        ("access-control-allow-methods", ", ".join(rule["AllowedMethods"])),
    ]
    if is_preflight and asked_headers:
        headers.append(("access-control-allow-headers", ", ".join(header.lower() for header in asked_headers)))
    if exposed := rule.get("ExposeHeaders"):
        headers.append(("access-control-expose-headers", ", ".join(exposed)))
    if is_preflight and "MaxAgeSeconds" in rule:
        headers.append(("access-control-max-age", str(rule["MaxAgeSeconds"])))
    if origin != "*":
        headers.append(("access-control-allow-credentials", "true"))
    headers.append(("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"))
    return headers


def _is_header_allowed(rule: dict[str, Any], header: str) -> bool:
    return any(_matches(pattern.lower(), header.lower()) for pattern in rule.get("AllowedHeaders", ()))


def _matches(pattern: str, text: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)
