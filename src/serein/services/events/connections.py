"""Connections: what proves who calls an API destination. What is secret is kept in Secrets Manager."""

from typing import Any

from serein.services.events.errors import ValidationException

_MEMBERS = {
    "API_KEY": "ApiKeyAuthParameters",
    "BASIC": "BasicAuthParameters",
    "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
}
SHOWN = (
    "ConnectionArn",
    "Name",
    "ConnectionState",
    "StateReason",
    "AuthorizationType",
    "CreationTime",
    "LastModifiedTime",
    "LastAuthorizedTime",
)


def require_parameters(kind: str, parameters: dict[str, Any]) -> None:
    """Raises ValidationException when the parameters are not those of the kind of authorization."""
    wanted = _MEMBERS[kind]
    if wanted not in parameters:
        raise ValidationException(f"Missing required parameter {wanted} for the authorization type {kind}.")
    if others := [member for member in _MEMBERS.values() if member != wanted and member in parameters]:
        raise ValidationException(f"Parameter {others[0]} is not valid for the authorization type {kind}.")


def merged(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The parameters of an update laid over those that were there."""
    result = dict(before)
    for member, value in after.items():
        is_nested = isinstance(value, dict) and isinstance(result.get(member), dict)
        result[member] = merged(result[member], value) if is_nested else value
    return result


def secret_of(kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """What is kept in the secret of a connection."""
    if kind == "API_KEY":
        key = parameters["ApiKeyAuthParameters"]
        secret = {"api_key_name": key["ApiKeyName"], "api_key_value": key["ApiKeyValue"]}
    elif kind == "BASIC":
        basic = parameters["BasicAuthParameters"]
        secret = {"username": basic["Username"], "password": basic["Password"]}
    else:
        oauth = parameters["OAuthParameters"]
        secret = {
            "client_id": oauth["ClientParameters"]["ClientID"],
            "client_secret": oauth["ClientParameters"]["ClientSecret"],
            "authorization_endpoint": oauth["AuthorizationEndpoint"],
            "http_method": oauth["HttpMethod"],
            "oauth_http_parameters": oauth.get("OAuthHttpParameters") or {},
        }
    return {**secret, "invocation_http_parameters": parameters.get("InvocationHttpParameters") or {}}


def parameters_of(kind: str, secret: dict[str, Any]) -> dict[str, Any]:
    """The parameters that made a secret."""
    if kind == "API_KEY":
        found = {"ApiKeyName": secret["api_key_name"], "ApiKeyValue": secret["api_key_value"]}
    elif kind == "BASIC":
        found = {"Username": secret["username"], "Password": secret["password"]}
    else:
        found = {
            "ClientParameters": {"ClientID": secret["client_id"], "ClientSecret": secret["client_secret"]},
            "AuthorizationEndpoint": secret["authorization_endpoint"],
            "HttpMethod": secret["http_method"],
            "OAuthHttpParameters": secret["oauth_http_parameters"],
        }
    return {_MEMBERS[kind]: found, "InvocationHttpParameters": secret["invocation_http_parameters"]}


def shown_parameters(kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters without what is secret."""
    own = parameters[_MEMBERS[kind]]
    if kind == "API_KEY":
        shown: dict[str, Any] = {"ApiKeyName": own["ApiKeyName"]}
    elif kind == "BASIC":
        shown = {"Username": own["Username"]}
    else:
        shown = {
            "ClientParameters": {"ClientID": own["ClientParameters"]["ClientID"]},
            "AuthorizationEndpoint": own["AuthorizationEndpoint"],
            "HttpMethod": own["HttpMethod"],
        }
        if own.get("OAuthHttpParameters"):
            shown["OAuthHttpParameters"] = _shown_http(own["OAuthHttpParameters"])
    result = {_MEMBERS[kind]: shown}
    if parameters.get("InvocationHttpParameters"):
        result["InvocationHttpParameters"] = _shown_http(parameters["InvocationHttpParameters"])
    return result


def _shown_http(parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        member: [
            {name: value for name, value in pair.items() if name != "Value" or not pair.get("IsValueSecret")}
            | {"IsValueSecret": bool(pair.get("IsValueSecret"))}
            for pair in pairs
        ]
        for member, pairs in parameters.items()
    }
