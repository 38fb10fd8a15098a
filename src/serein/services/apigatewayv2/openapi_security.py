"""Authorizers in OpenAPI definitions: security schemes with `x-amazon-apigateway-authorizer`, and who asks for them.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from typing import Any

from serein.services.apigatewayv2.errors import BadRequestException

AUTHORIZER, AUTH, AUTHTYPE = (
    "x-amazon-apigateway-authorizer",
    "x-amazon-apigateway-auth",
    "x-amazon-apigateway-authtype",
)
_WELL_KNOWN = "/.well-known/openid-configuration"
_MEMBERS = {
    "authorizerUri": "AuthorizerUri",
    "authorizerCredentials": "AuthorizerCredentialsArn",
    "authorizerPayloadFormatVersion": "AuthorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "enableSimpleResponses": "EnableSimpleResponses",
    "identityValidationExpression": "IdentityValidationExpression",
}


def parse_authorizers(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The authorizers that a definition's security schemes describe, by name. Raises BadRequestException."""
    found = {}
    for name, scheme in _schemes(document).items():
        if isinstance(scheme, dict) and isinstance(scheme.get(AUTHORIZER), dict):
            found[str(name)] = _authorizer(str(name), scheme, scheme[AUTHORIZER])
    return found


def _schemes(document: dict[str, Any]) -> dict[str, Any]:
    return (document.get("components") or {}).get("securitySchemes") or {}


def _authorizer(name: str, scheme: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    kind = str(given.get("type", "")).lower()
    sources = _sources(given.get("identitySource"))
    if kind == "jwt":
        jwt = given.get("jwtConfiguration") or {}
        issuer = jwt.get("issuer") or str(scheme.get("openIdConnectUrl", "")).removesuffix(_WELL_KNOWN)
        audience = jwt.get("audience") or []
        return {
            "Name": name,
            "AuthorizerType": "JWT",
            "IdentitySource": sources or ["$request.header.Authorization"],
            "JwtConfiguration": {
                "Issuer": str(issuer),
                "Audience": [str(each) for each in (audience if isinstance(audience, list) else [audience])],
            },
        }
    if kind != "request":
        raise BadRequestException(
            f"Unable to import API: authorizer {name} is of type {kind or 'none'}: HTTP APIs support request and jwt"
        )
    settings = {_MEMBERS[member]: given[member] for member in _MEMBERS if member in given}
    if "AuthorizerPayloadFormatVersion" in settings:
        settings["AuthorizerPayloadFormatVersion"] = str(settings["AuthorizerPayloadFormatVersion"])
    if "AuthorizerResultTtlInSeconds" in settings:
        settings["AuthorizerResultTtlInSeconds"] = int(settings["AuthorizerResultTtlInSeconds"])
    if "EnableSimpleResponses" in settings:
        settings["EnableSimpleResponses"] = str(settings["EnableSimpleResponses"]).lower() == "true"
    return {"Name": name, "AuthorizerType": "REQUEST", "IdentitySource": sources, **settings}


def _sources(given: Any) -> list[str]:
    listed = given if isinstance(given, list) else str(given or "").split(",")
    return [str(source).strip() for source in listed if str(source).strip()]


def security_of(document: dict[str, Any], operation: dict[str, Any], key: str) -> dict[str, Any]:
    """What a route gets of its operation's security: type, authorizer's name and scopes. Raises BadRequestException."""
    if str((operation.get(AUTH) or {}).get("type", "")).upper() == "AWS_IAM":
        return {"AuthorizationType": "AWS_IAM"}
    security = operation.get("security", document.get("security")) or []
    for requirement in security:
        for name, scopes in requirement.items():
            if name != "NONE":
                return _requirement(document, str(name), scopes or [], key)
    return {}


def _requirement(document: dict[str, Any], name: str, scopes: list[Any], key: str) -> dict[str, Any]:
    scheme = _schemes(document).get(name)
    if not isinstance(scheme, dict):
        raise BadRequestException(f"Unable to import API: route {key} has a security scheme {name} that isn't defined")
    authorizer = scheme.get(AUTHORIZER)
    if not isinstance(authorizer, dict):
        if str(scheme.get(AUTHTYPE, "")).lower() == "awssigv4":
            return {"AuthorizationType": "AWS_IAM"}
        # AWS: a scheme that API Gateway knows nothing of protects nothing, and is said to.
        return {}
    if str(authorizer.get("type", "")).lower() == "jwt":
        asked: dict[str, Any] = {"AuthorizationType": "JWT", "AuthorizerName": name}
        return {**asked, "AuthorizationScopes": [str(scope) for scope in scopes]} if scopes else asked
    return {"AuthorizationType": "CUSTOM", "AuthorizerName": name}
