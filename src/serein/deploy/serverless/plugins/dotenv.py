"""serverless-dotenv-plugin: the variables of the project's .env files, given to functions."""

from collections.abc import Callable, Mapping
from typing import Any

PLUGIN = "serverless-dotenv-plugin"


def dotenv_variables(custom: Mapping[str, Any], read: Callable[[], Mapping[str, str]]) -> dict[str, str]:
    """What functions get of the variables of the project's .env files."""
    settings = custom.get("dotenv") or {}
    included, excluded = settings.get("include"), settings.get("exclude") or ()
    if included == "*":
        included = None
    return {
        name: value for name, value in read().items() if (included is None or name in included) and name not in excluded
    }
