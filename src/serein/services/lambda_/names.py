"""How functions and layers are named: plain names, partial ARNs, ARNs, and qualifiers."""

import re
from dataclasses import dataclass
from functools import lru_cache

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.scope import Scope
from serein.services.lambda_.errors import ResourceNotFoundException, ValidationException, invalid

LATEST = "$LATEST"
_REFERENCE = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9_-]+)(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]+))?"
)
MAXIMUM_NAME = 64


@dataclass(frozen=True, slots=True)
class FunctionReference:
    """A function as a request names it; `qualifier` is empty when the request gives none."""

    scope: Scope
    name: str
    qualifier: str = ""

    @property
    def arn(self) -> str:
        """The ARN, qualified as the request was."""
        return function_arn(self.scope, self.name, self.qualifier)


def function_arn(scope: Scope, name: str, qualifier: str = "") -> str:
    return arn_of("lambda", scope, f"function:{name}:{qualifier}" if qualifier else f"function:{name}")


@lru_cache(maxsize=4096)
def parse_reference(scope: Scope, text: str, qualifier: str = "") -> FunctionReference:
    """The function that `FunctionName` and `Qualifier` name.

    Raises ValidationException, InvalidParameterValueException, and ResourceNotFoundException for another region.
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise ValidationException(
            f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?"
            r"([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)"
            r"(:(\$LATEST|[a-zA-Z0-9-_]+))?"
        )
    region, account = match["region"] or scope.region, match["account"] or scope.account
    if region != scope.region:
        raise ResourceNotFoundException(
            f"Functions from '{region}' are not reachable in this region ('{scope.region}')", Type="User"
        )
    derived = match["qualifier"] or ""
    if derived and qualifier and derived != qualifier:
        raise invalid("The derived qualifier from the function name does not match the specified qualifier.")
    return FunctionReference(Scope(account, region), match["name"], derived or qualifier)


@dataclass(frozen=True, slots=True)
class LayerReference:
    """A layer, or one of its versions (`version` is 0 when none is named)."""

    scope: Scope
    name: str
    version: int = 0

    @property
    def arn(self) -> str:
        return layer_arn(self.scope, self.name, self.version)


def layer_arn(scope: Scope, name: str, version: int = 0) -> str:
    return arn_of("lambda", scope, f"layer:{name}:{version}" if version else f"layer:{name}")


def parse_layer(scope: Scope, text: str, version: int = 0) -> LayerReference:
    """The layer that a name, a layer's ARN or a layer version's ARN names."""
    arn = find_arn(text)
    if arn is None:
        return LayerReference(scope, text, version)
    kind, _, rest = arn.resource.partition(":")
    name, _, number = rest.partition(":")
    if kind != "layer" or not name or (number and not number.isdigit()):
        raise invalid(f"Invalid Layer arn {text}")
    return LayerReference(arn.scope, name, int(number or version))
