"""What is made of models: mapping templates, and schemas with all that they refer to."""

import json
from typing import Any

Settings = dict[str, Any]
_DEEPEST = 20


def template_of(model: Settings, models: dict[str, Settings]) -> str:
    """A mapping template that copies a body of the model's schema, for a start."""
    schema = _schema(model)
    return "#set($inputRoot = $input.path('$'))\n" + _shape(schema, "$inputRoot", models, 0, schema)


def _schema(model: Settings) -> Settings:
    try:
        schema = json.loads(model["schema"])
    except ValueError:
        return {}
    return schema if isinstance(schema, dict) else {}


def _shape(schema: Settings, path: str, models: dict[str, Settings], depth: int, root: Settings) -> str:
    target = _target(schema, models, root)
    if target is not None and depth < _DEEPEST:
        return _shape(target[0], path, models, depth + 1, target[1])
    indent = "  " * (depth + 1)
    if schema.get("type") == "array" or "items" in schema:
        items = schema.get("items", {})
        inner = _shape(items if isinstance(items, dict) else {}, "$elem", models, depth + 1, root)
        return (
            f"[\n##TODO: Update this foreach loop to reference array from input json\n#foreach($elem in {path})\n"
            + (f"{indent}{inner}#if($foreach.hasNext),#end\n#end\n]")
        )
    properties = schema.get("properties")
    if (schema.get("type") == "object" or properties) and depth < _DEEPEST:
        entries = [
            f'{indent}"{name}" : {_shape(inner, f"{path}.{name}", models, depth + 1, root)}'
            for name, inner in (properties or {}).items()
        ]
        return "{\n" + ",\n".join(entries) + ("\n" if entries else "") + "  " * depth + "}"
    return f'"{path}"' if schema.get("type") in ("string", None) else path


def _target(schema: Settings, models: dict[str, Settings], root: Settings) -> tuple[Settings, Settings] | None:
    """What a schema's `$ref` means, with the schema that it stands in."""
    reference = schema.get("$ref", "")
    if "/models/" in reference:
        found = models.get(reference.rpartition("/models/")[2])
        inner = {} if found is None else _schema(found)
        return inner, inner
    if reference.startswith("#/definitions/"):
        return root.get("definitions", {}).get(reference[14:], {}), root
    return None


def flattened(model: Settings, models: dict[str, Settings]) -> str:
    """A model's schema with the models that it refers to among its definitions."""
    schema = _schema(model)
    definitions: dict[str, Any] = dict(schema.get("definitions", {}))
    renamed = _localised(schema, models, definitions)
    if definitions:
        renamed["definitions"] = definitions
    return json.dumps(renamed)


def _localised(value: Any, models: dict[str, Settings], definitions: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_localised(item, models, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {name: _localised(inner, models, definitions) for name, inner in value.items()}
    reference = copy.get("$ref")
    if isinstance(reference, str) and "/models/" in reference:
        name = reference.rpartition("/models/")[2]
        copy["$ref"] = f"#/definitions/{name}"
        if name not in definitions and name in models:
            definitions[name] = {}
            definitions[name] = _localised(_schema(models[name]), models, definitions)
    return copy
