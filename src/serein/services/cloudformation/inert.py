"""Resources of types that AWS has and Serein doesn't: recorded, so that the rest of an application deploys.

Ref and GetAtt answer what AWS's schema says the type has, made up in the form that AWS gives it, and always the same
for a resource. A deployment lists every such resource.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties
from serein.services.cloudformation.inert_forms import FORMS
from serein.services.cloudformation.inert_forms.form import Form

_PLACE = re.compile(r"\{([a-z]+)(\d*)(?::([A-Za-z0-9/]+))?\}")
_DIGITS, _SMALL = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS: Mapping[str, str] = {
    "an": _SMALL + _DIGITS,
    "az": _SMALL.upper() + _DIGITS,
    "digits": _DIGITS,
    "hex": "0123456789abcdef",
    "mixed": _SMALL + _SMALL.upper() + _DIGITS,
}
_NOT_TEXTS: Mapping[str, Any] = {"integer": 0, "number": 0, "boolean": False, "object": {}}
_LISTS = ("Endpoints", "Entries", "Ids", "Servers", "URLs")
"""What lists are called of which templates take a member."""
_LONGEST_NAME = 64
_UNNAMED = Form("")


class InertType:
    """Keeps a resource's properties and does nothing."""

    stored: frozenset[str] = frozenset()

    def __init__(
        self,
        type_name: str,
        identifier: tuple[str, ...],
        attributes: Mapping[str, str],
        properties: frozenset[str],
        replaced_by: frozenset[str],
    ) -> None:
        self.type_name = type_name
        self.properties = properties
        self.replaced_by = replaced_by
        self._identifier = identifier
        self._attributes = attributes
        self._form = FORMS.get(type_name, _UNNAMED)

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return self._made(deployment, "", properties)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return self._made(deployment, physical_id, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        return None

    def _made(self, deployment: Deployment, physical_id: str, properties: Properties) -> Made:
        filling = _Filling(deployment, properties, self._form.named)
        given = {key: value for key, value in properties.items() if isinstance(value, str | int | float | list)}
        known = dict(self._form.attributes)
        if self._form.ref:
            filling.ref = physical_id or filling.filled(self._form.ref) or filling.name
            made_up = {name: self._generic(name, filling) for name in self._attributes if name not in known}
        else:
            made_up = {name: self._generic(name, filling) for name in self._attributes}
            parts = [str({**made_up, **given}.get(part, filling.name)) for part in self._identifier]
            filling.ref = physical_id or "|".join(parts) or filling.name
        formed = {name: filling.filled(text) for name, text in known.items()}
        return Made(filling.ref, {**given, **made_up, **formed})

    def _generic(self, attribute: str, filling: "_Filling") -> Any:
        """A value for an attribute whose form isn't known: by its kind, and by what its name says it is."""
        kind = self._attributes[attribute]
        if kind in _NOT_TEXTS:
            return _NOT_TEXTS[kind]
        service, resource = self.type_name.lower().split("::")[1:3]
        end = attribute.rpartition(".")[2]
        if end.lower().endswith("arn"):
            text = f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}/{{name}}"
        elif end.lower().endswith("url"):
            text = f"https://{{low}}.{service}.{{region}}.{{suffix}}"
        elif end.endswith(("Endpoint", "Address", "DomainName", "DNSName")):
            text = f"{{low}}.{service}.{{region}}.{{suffix}}"
        else:
            text = "{name}"
        filled = filling.filled(text)
        if kind == "array":
            return [filled] if end.endswith(_LISTS) else []
        return filled


class _Filling:
    """What one resource's forms are filled with."""

    def __init__(self, deployment: Deployment, properties: Properties, named: str) -> None:
        own = deployment.physical_name(_LONGEST_NAME)
        self._scope = deployment.scope
        self._properties = properties
        self._seed = f"{deployment.stack_id}/{own}"
        self.name = self._property(named) or own
        self.ref = ""

    def filled(self, text: str) -> str:
        """The text with its places filled."""
        return _PLACE.sub(self._place, text)

    def _place(self, found: re.Match[str]) -> str:
        what, length, path = found[1], found[2], found[3]
        if what in _ALPHABETS:
            return self._drawn(what, _ALPHABETS[what], int(length))
        if what == "property":
            return self._property(path)
        scope = self._scope
        plain = {
            "account": scope.account,
            "host": self.name.removeprefix("https://"),
            "low": self.name.lower(),
            "name": self.name,
            "partition": scope.partition,
            "ref": self.ref,
            "region": scope.region,
            "suffix": "amazonaws.com.cn" if scope.partition == "aws-cn" else "amazonaws.com",
        }
        if what in plain:
            return plain[what]
        if what == "octet":
            return str(int(self._drawn(what, _DIGITS, 4)) % 250 + 4)
        digits = self._drawn("uuid", _ALPHABETS["hex"], 32)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def _drawn(self, what: str, alphabet: str, length: int) -> str:
        """Characters that are always the same for the resource and the kind of place."""
        digest = hashlib.shake_256(f"{self._seed}/{what}".encode()).digest(length)
        return "".join(alphabet[byte % len(alphabet)] for byte in digest)

    def _property(self, path: str) -> str:
        value: Any = self._properties
        for part in path.split("/"):
            value = value.get(part) if isinstance(value, dict) else None
        return str(value) if isinstance(value, str | int | float) and value != "" else ""
