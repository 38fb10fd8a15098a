"""Filters of DescribeParameters and GetParametersByPath."""

from collections.abc import Callable
from typing import Any, NamedTuple

from serein.services.ssm.errors import InvalidFilterKey, InvalidFilterOption, InvalidFilterValue
from serein.services.ssm.store import Parameter

_DESCRIBE_KEYS = ("Path", "Name", "Type", "KeyId", "DataType", "Tier")
_BY_PATH_KEYS = ("Type", "KeyId", "Label")
_OPTIONS = {
    "Name": ("Equals", "BeginsWith", "Contains"),
    "Path": ("OneLevel", "Recursive"),
    "KeyId": ("Equals", "BeginsWith"),
}
"""The options of a key other than `Equals` alone, the default first."""
_TYPES = ("String", "StringList", "SecureString")


class Subject(NamedTuple):
    """What a filter looks at."""

    parameter: Parameter
    tags: dict[str, str]
    labels: dict[str, int]


Filter = Callable[[Subject], bool]


def parse_filters(given: list[dict[str, Any]], *, is_by_path: bool) -> list[Filter]:
    """Raises InvalidFilterKey, InvalidFilterOption and InvalidFilterValue."""
    seen = set()
    filters = []
    for one in given:
        key = one["Key"]
        if key in seen:
            raise InvalidFilterKey(
                f"The following filter is duplicated in the request: {key}. A request can contain only one "
                "occurrence of a specific filter."
            )
        seen.add(key)
        filters.append(_parse(key, one.get("Option"), one.get("Values") or [], is_by_path=is_by_path))
    return filters


def _parse(key: str, option: str | None, values: list[str], *, is_by_path: bool) -> Filter:
    allowed = _BY_PATH_KEYS if is_by_path else _DESCRIBE_KEYS
    is_tag = key.startswith("tag:") and not is_by_path
    if key not in allowed and not is_tag:
        names = ", ".join(allowed if is_by_path else (*allowed, "tag:.+"))
        raise InvalidFilterKey(f"The following filter key is not valid: {key}. Valid filter keys include: [{names}].")
    options = _OPTIONS.get(key, ("Equals",))
    option = option or options[0]
    if option not in options:
        raise InvalidFilterOption(
            f"The following filter option is not valid: {option}. Valid options include: [{', '.join(options)}]."
        )
    if not values and not is_tag:
        raise InvalidFilterValue(f"The following filter values are missing : null for filter key {key}")
    if key == "Type" and not set(values) <= set(_TYPES):
        raise InvalidFilterValue(
            f"The following filter value is not valid: {values}. Valid values include: [{', '.join(_TYPES)}]."
        )
    if key == "Path":
        return _path_filter(values, option)
    if is_tag:
        return _tag_filter(key.removeprefix("tag:"), values)
    if key == "Label":
        return lambda subject: any(subject.labels.get(value) == subject.parameter.record.Version for value in values)
    return _text_filter(key, option, values)


def _text_filter(key: str, option: str, values: list[str]) -> Filter:
    def text(subject: Subject) -> str:
        return subject.parameter.name if key == "Name" else str(getattr(subject.parameter.record, key) or "")

    if option == "BeginsWith":
        # AWS: a name's first slash may be left out here.
        return lambda subject: (
            text(subject).startswith(tuple(values))
            or (key == "Name" and text(subject).lstrip("/").startswith(tuple(values)))
        )
    if option == "Contains":
        return lambda subject: any(value in text(subject) for value in values)
    return lambda subject: text(subject) in values or (key == "Name" and text(subject).lstrip("/") in values)


def _path_filter(values: list[str], option: str) -> Filter:
    paths = [value.rstrip("/") + "/" for value in values]
    if any(not path.startswith("/") for path in paths):
        raise InvalidFilterValue(f"The following path is not valid: {values}. It must begin with a forward slash.")

    def matches(subject: Subject) -> bool:
        name = subject.parameter.name
        if not name.startswith("/"):
            name = f"/{name}"
        return any(name.startswith(path) and (option == "Recursive" or "/" not in name[len(path) :]) for path in paths)

    return matches


def _tag_filter(key: str, values: list[str]) -> Filter:
    return lambda subject: key in subject.tags and (not values or subject.tags[key] in values)
