"""Make `resource_types.bin` from resource provider schemas: what CloudFormation's types are made of.

    python scripts/resource_types.py CURRENT OLDER

CURRENT is the folder `cfnlint/data/schemas` of a current cfn-lint, which has every type of every region. cfn-lint adds
to AWS's schemas what the services' own API models say; those constraints a service refuses itself, in its own words.
So of the constraints only those are kept that AWS's schemas have too: OLDER is the same folder of a cfn-lint up to
1.40, which lists under `patches` what it adds.

The file is: the index's length (4 bytes), the index (JSON: a type's name to offset and length; the dictionary under an
empty name), then the types, each a JSON object compressed by Zstandard with the dictionary. Offsets count from the end
of the index.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import zstandard

Node = dict[str, Any]
OUTPUT = Path(__file__).parent.parent / "src/serein/services/cloudformation/resource_types.bin"
CONSTRAINTS = (
    *("const", "enum", "exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maxProperties", "maximum"),
    *("minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern", "uniqueItems"),
)
COMBINED = ("allOf", "anyOf", "oneOf")
FACTS = {
    "createOnlyProperties": "created",
    "conditionalCreateOnlyProperties": "conditional",
    "primaryIdentifier": "identifier",
    "readOnlyProperties": "read",
}
# Classes of Unicode that Python's expressions don't have, and what of Python's has them in it.
UNICODE_CLASSES = (
    (re.compile(r"\\p\{(L|N|Lu|Ll|Alnum|Alpha|IsAlphabetic|IsDigit|Nd)\}"), r"\\w"),
    (re.compile(r"\\p\{(Z|Zs|Space|IsSpace)\}"), r"\\s"),
    (re.compile(r"\\p\{ASCII\}"), r"\\x00-\\x7f"),
    (re.compile(r"\\p\{(Print|Graph)\}"), r"\\x20-\\x7e"),
)


def main() -> None:
    current, older = Path(sys.argv[1]), Path(sys.argv[2])
    texts = {}
    for name, path in sorted(_all_types(current).items()):
        reduced = _type(json.loads(path.read_text()), _published(older, name))
        texts[name] = json.dumps(reduced, separators=(",", ":"), sort_keys=True).encode()
    _write(texts)
    print(f"{len(texts)} types, {OUTPUT.stat().st_size:,} bytes")


def _published(older: Path, name: str) -> Node:
    """A type's schema without cfn-lint's additions; empty when it is newer."""
    path = older / "providers" / "us_east_1" / f"{name.replace('::', '-').lower()}.json"
    if not path.exists():
        return {}
    schema: Node = json.loads(path.read_text())
    for patch in (older / "patches/extensions/all" / name.replace("::", "_").lower()).glob("*.json"):
        for change in json.loads(patch.read_text()):
            *parents, last = change["path"].split("/")[1:]
            if change["op"] == "add" and last in (*CONSTRAINTS, *COMBINED):
                _inner(schema, parents).pop(last, None)
    return schema


def _inner(node: Any, parts: list[str]) -> Node:
    for part in parts:
        node = node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def _all_types(current: Path) -> dict[str, Path]:
    """Every type's file: that of us-east-1, else of any region that has the type."""
    regions = sorted((current / "providers").glob("??-*.json"), key=lambda path: (path.stem != "us-east-1", path.stem))
    found: dict[str, Path] = {}
    for region in regions:
        for name, digest in json.loads(region.read_text()).items():
            found.setdefault(name, current / "resources" / f"{digest}.json")
    return found


def _type(schema: Node, raw: Node) -> Node:
    reduced = _node(schema, raw)
    for fact, short in FACTS.items():
        if paths := [_path(pointer) for pointer in schema.get(fact, ())]:
            reduced[short] = paths
    for path in reduced.get("read", ()):
        if "/" not in path:
            node = reduced.get("properties", {}).pop(path, {})
            reduced.setdefault("attributes", {})[path] = _kind(node, schema)
    definitions = {name: _node(node, raw.get("definitions", {}).get(name, {})) for name, node in _defined(schema)}
    if definitions:
        reduced["definitions"] = definitions
    tagging = schema.get("tagging", {})
    if tagging.get("taggable", schema.get("taggable", True)):
        reduced["tags"] = _path(tagging.get("tagProperty", "/properties/Tags"))
    if schema["typeName"] == "AWS::Lambda::Function":
        # cfn-lint: any value may stand where a template's scalar becomes a text.
        for node in definitions["Environment"]["properties"]["Variables"]["patternProperties"].values():
            node["type"] = "string"
    if not schema.get("handlers"):
        reduced["legacy"] = True
    return reduced


def _kind(node: Node, schema: Node) -> str:
    """What JSON calls an attribute's values."""
    if "$ref" in node:
        node = schema["definitions"].get(node["$ref"], {})
    kind = node.get("type", "string")
    return str(kind[0] if isinstance(kind, list) else kind)


def _defined(schema: Node) -> list[tuple[str, Node]]:
    return sorted(schema.get("definitions", {}).items())


def _path(pointer: str) -> str:
    return pointer.removeprefix("/properties/").replace("/properties/", "/").replace("/items/", "/*/")


def _node(schema: Any, raw: Any) -> Node:
    if not isinstance(schema, dict):
        return {}
    raw = raw if isinstance(raw, dict) else {}
    if "$ref" in schema:
        # What stands beside a reference has no meaning in this version of JSON Schema.
        return {"$ref": schema["$ref"].rpartition("/")[2]}
    reduced = {"type": schema["type"]} if "type" in schema else {}
    known = raw.get("properties", {})
    if required := [
        name for name in schema.get("required", ()) if name in raw.get("required", ()) or name not in known
    ]:
        reduced["required"] = required
    reduced |= {key: schema[key] for key in CONSTRAINTS if key in schema and key in raw}
    if "pattern" in reduced and (pattern := _pattern(reduced.pop("pattern"))) != "":
        reduced["pattern"] = pattern
    reduced |= _members(schema, raw)
    for key in COMBINED:
        if key in schema and len(raw.get(key, ())) == len(schema[key]):
            reduced[key] = [_node(node, other) for node, other in zip(schema[key], raw[key], strict=True)]
    return reduced


def _members(schema: Node, raw: Node) -> Node:
    reduced: Node = {}
    for key in ("properties", "patternProperties"):
        if isinstance(schema.get(key), dict):
            reduced[key] = {
                _pattern(name) if key == "patternProperties" else name: _node(node, raw.get(key, {}).get(name))
                for name, node in schema[key].items()
            }
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            reduced[key] = _node(schema[key], raw.get(key))
    if schema.get("additionalProperties") is False:
        reduced["additionalProperties"] = False
    return reduced


def _pattern(pattern: str) -> str:
    """The pattern as Python reads it; empty when it has what Python's expressions can't say."""
    for unicode_class, own in UNICODE_CLASSES:
        pattern = unicode_class.sub(own, pattern)
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        print(f"left out: {pattern}", file=sys.stderr)
        return ""
    return pattern


def _write(texts: dict[str, bytes]) -> None:
    dictionary = zstandard.train_dictionary(48 * 1024, list(texts.values()))
    compressor = zstandard.ZstdCompressor(level=19, dict_data=dictionary, write_content_size=True, write_checksum=False)
    index, blobs, offset = {}, [], 0
    for name, blob in [
        ("", dictionary.as_bytes()),
        *((name, compressor.compress(text)) for name, text in texts.items()),
    ]:
        index[name] = [offset, len(blob)]
        blobs.append(blob)
        offset += len(blob)
    head = json.dumps(index, separators=(",", ":")).encode()
    OUTPUT.write_bytes(len(head).to_bytes(4, "big") + head + b"".join(blobs))


if __name__ == "__main__":
    main()
