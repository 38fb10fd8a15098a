"""botocore's protocol vectors, read from a checkout that SEREIN_BOTOCORE names.

Each vector is one operation of a small model with a request or a response in wire form. They are written for clients;
a server reads what the input vectors send and must write what the output vectors show.
"""

import base64
import json
import math
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import cbor2
import msgspec

from serein.wire.models import Description, OperationModel, ServiceModel
from serein.wire.shapes import Shape

FOLDER = Path(os.environ.get("SEREIN_BOTOCORE", "/nonexistent")) / "tests" / "unit" / "protocols"


@dataclass(frozen=True)
class Vector:
    name: str
    file: str
    suite: dict[str, Any]
    case: dict[str, Any]

    def model(self) -> ServiceModel:
        """The vector's model, with its only operation."""
        given = self.case["given"]
        described = {
            "metadata": self.suite["metadata"],
            "shapes": self.suite.get("shapes", {}),
            "operations": {given["name"]: given},
        }
        return ServiceModel("vectors", msgspec.convert(described, Description))

    def operation(self) -> OperationModel:
        return self.model().operations[self.case["given"]["name"]]

    @property
    def protocol(self) -> str:
        return str(self.suite["metadata"]["protocol"])


def vectors(direction: str) -> list[Vector]:
    """The vectors of `input` or `output`; none when there is no checkout."""
    found = []
    for path in sorted((FOLDER / direction).glob("*.json")):
        for suite in json.loads(path.read_text()):
            for case in suite["cases"]:
                found.append(Vector(f"{path.stem}-{case['id']}", path.stem, suite, case))
    return found


def comparable(value: Any) -> Any:
    """A value as the vectors write it: blobs as text, numbers that aren't finite by name, no nulls in structures."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def typed(shape: Shape | None, value: Any) -> Any:
    """A vector's value as an operation would give it: bytes for blobs, floats for what isn't finite."""
    if shape is None or value is None or shape.document:
        return value
    if shape.kind == "structure":
        return {name: typed(shape.members[name].target, item) for name, item in value.items()}
    if shape.kind == "list" and shape.member is not None:
        return [typed(shape.member.target, item) for item in value]
    if shape.kind == "map" and shape.value is not None:
        return {name: typed(shape.value.target, item) for name, item in value.items()}
    if shape.kind == "blob":
        return value.encode()
    return float(value) if shape.kind in {"float", "double"} else value


def cbor_value(body: str | bytes) -> Any:
    """A CBOR body as comparable values, timestamps as numbers."""
    raw = base64.b64decode(body) if isinstance(body, str) else body
    return comparable(cbor2.loads(raw)) if raw else {}
