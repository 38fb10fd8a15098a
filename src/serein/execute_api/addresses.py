"""How a request names an API: by its host, or by its path where host names don't resolve."""

from serein.kernel.http import HttpRequest

HOST_LABEL = "execute-api"
PATH_PREFIXES = ("/_aws/execute-api/", "/_serein/api/")


def find_address(http: HttpRequest) -> tuple[str, str]:
    """The API's id and the percent-encoded path behind it (`/prod/orders`); empty when the request names no API."""
    for prefix in PATH_PREFIXES:
        if http.path.startswith(prefix):
            api_id, slash, rest = http.path[len(prefix) :].partition("/")
            return api_id, slash + rest or "/"
    if HOST_LABEL not in http.host.split("."):
        return "", ""
    return http.host.partition(".")[0], http.path or "/"
