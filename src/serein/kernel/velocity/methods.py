"""The methods of Java's values that templates call, by the class of the value and the method's name.

A method that a value doesn't have, or not with these arguments, is null, as in Velocity. What a method throws ends the
template.
"""

from collections.abc import Callable
from typing import Any

from serein.kernel.velocity import regexes
from serein.kernel.velocity.errors import TemplateFailed
from serein.kernel.velocity.values import (
    LONGEST_LIST,
    LONGEST_TEXT,
    ArrayList,
    Bean,
    Entry,
    JavaArray,
    as_list,
    bounded,
    is_equal,
    is_number,
    text_of,
    weigh,
)

Methods = dict[str, Callable[..., Any]]


def call(value: Any, name: str, arguments: list[Any]) -> Any:
    """What a method gives; None when there is none."""
    methods = METHODS.get(type(value))
    if methods is None:
        methods = _find_methods(value)
    method = methods.get(name)
    if method is None:
        return None
    try:
        return method(value, *arguments)
    except (TypeError, AttributeError):
        # AWS: arguments that fit no method are no error, the reference is null (Velocity's method lookup).
        return None
    except (IndexError, ValueError, OverflowError, RecursionError) as error:
        raise TemplateFailed(f"Invocation of method '{name}' threw an exception: {error}") from error


def _find_methods(value: Any) -> Methods:
    if isinstance(value, Bean):
        return value.methods
    if isinstance(value, dict):
        return _MAP
    return _LIST if isinstance(value, list) else _OBJECT


def property_of(value: Any, name: str) -> Any:
    """What `$value.name` is, or None."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, Bean):
        return value.find_property(name)
    if isinstance(value, Entry):
        return value.key if name == "key" else value.value if name == "value" else None
    if name == "empty" and isinstance(value, str | list):
        return not value
    return None


def put_property(value: Any, name: str, assigned: Any) -> None:
    """`#set($value.name = …)`; a value that has no such thing stays as it is."""
    if isinstance(value, dict):
        value[name] = assigned
    elif isinstance(value, Bean):
        value.put_property(name, assigned)
    elif isinstance(value, Entry) and name == "value":
        value.value = assigned


def element_of(value: Any, index: Any) -> Any:
    """What `$value[index]` is; an index beyond a list's ends fails."""
    if isinstance(value, dict):
        return _get(value, index)
    if isinstance(value, list) and isinstance(index, int) and not isinstance(index, bool):
        if not -len(value) <= index < len(value):
            raise TemplateFailed(f"Index {index} out of bounds for length {len(value)}")
        return value[index]
    return property_of(value, index) if isinstance(index, str) else None


def put_element(value: Any, index: Any, assigned: Any) -> None:
    """`#set($value[index] = …)`; raises TemplateFailed beyond a list's ends."""
    if isinstance(value, dict):
        if isinstance(index, dict | list):
            raise TemplateFailed("A map's key can be no map and no list")
        value[index] = assigned
    elif isinstance(value, list) and isinstance(index, int):
        if not -len(value) <= index < len(value):
            raise TemplateFailed(f"Index {index} out of bounds for length {len(value)}")
        value[index] = assigned
    elif isinstance(index, str):
        put_property(value, index, assigned)


def _within(value: Any, index: int) -> int:
    if not 0 <= index < len(value):
        raise IndexError(f"Index {index} out of bounds for length {len(value)}")
    return index


def _substring(text: str, start: int, end: int | None = None) -> str:
    end = len(text) if end is None else end
    if not 0 <= start <= end <= len(text):
        raise IndexError(f"begin {start}, end {end}, length {len(text)}")
    return text[start:end]


def _hash(value: Any) -> int:
    """Java's String.hashCode."""
    code = 0
    for character in text_of(value):
        code = (31 * code + ord(character)) & 0xFFFFFFFF
    return code - (1 << 32) if code >= 1 << 31 else code


def _compare(left: Any, right: Any) -> int:
    if isinstance(left, str) and isinstance(right, str):
        for one, other in zip(left, right, strict=False):
            if one != other:
                return ord(one) - ord(other)
        return len(left) - len(right)
    return int(left > right) - int(left < right)


def _get(value: Any, key: Any) -> Any:
    try:
        return value.get(key)
    except TypeError:
        return None


def _equals(left: Any, right: Any) -> bool:
    return is_kind(left, right) and is_equal(left, right)


def is_kind(left: Any, right: Any) -> bool:
    return type(left) is type(right) or (isinstance(left, list) and isinstance(right, list))


def _set(value: list[Any], index: int, element: Any) -> Any:
    before = value[_within(value, index)]
    value[index] = element
    return before


def _append(value: list[Any], *arguments: Any) -> bool | None:
    if len(value) >= LONGEST_LIST:
        raise TemplateFailed(f"A list has more than {LONGEST_LIST} elements")
    if len(arguments) == 2:
        value.insert(arguments[0], arguments[1])
        return None
    (element,) = arguments
    value.append(element)
    return True


def _append_all(value: list[Any], more: Any) -> bool:
    elements = list(more)
    if len(value) + len(elements) > LONGEST_LIST:
        raise TemplateFailed(f"A list has more than {LONGEST_LIST} elements")
    value.extend(elements)
    return bool(elements)


def _remove(value: list[Any], what: Any) -> Any:
    if isinstance(what, int) and not isinstance(what, bool):
        return value.pop(_within(value, what))
    if what in value:
        value.remove(what)
        return True
    return False


def _remove_all(value: list[Any], others: Any, keeps: bool = False) -> bool:
    before = len(value)
    value[:] = [each for each in value if (each in others) is keeps]
    return len(value) != before


def _put(value: dict[Any, Any], key: Any, element: Any) -> Any:
    before = value.get(key)
    value[key] = element
    return before


def _put_if_absent(value: dict[Any, Any], key: Any, element: Any) -> Any:
    before = value.get(key)
    if before is None:
        value[key] = element
    return before


def _clear(value: Any) -> None:
    value.clear()


def _index(value: list[Any], element: Any) -> int:
    return value.index(element) if element in value else -1


def _last_index(value: list[Any], element: Any) -> int:
    return len(value) - 1 - value[::-1].index(element) if element in value else -1


def _has(value: list[Any], element: Any) -> bool:
    weigh(value)
    return element in value


def _matches(text: str, pattern: str) -> bool:
    return regexes.compiled(pattern).fullmatch(text) is not None


def _repeat(text: str, count: int) -> str:
    if len(text) * count > LONGEST_TEXT:
        raise TemplateFailed(f"A text is longer than {LONGEST_TEXT} characters")
    return text * count


def _truncated(value: float) -> int:
    return int(value)


_OBJECT: Methods = {
    "toString": text_of,
    "equals": _equals,
    "hashCode": _hash,
    "compareTo": _compare,
    "getKey": lambda value: value.key,
    "getValue": lambda value: value.value,
}
_STRING: Methods = _OBJECT | {
    "length": len,
    "substring": _substring,
    "subSequence": _substring,
    "indexOf": lambda text, part, start=0: text.find(part, start),
    "lastIndexOf": lambda text, part: text.rfind(part),
    "split": regexes.split,
    "replace": lambda text, old, new: bounded(text.replace(old, new)),
    "replaceAll": regexes.replace,
    "replaceFirst": lambda text, pattern, new: regexes.replace(text, pattern, new, 1),
    "matches": _matches,
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part, start=0: text.startswith(part, start),
    "endsWith": lambda text, part: text.endswith(part),
    "equalsIgnoreCase": lambda text, other: text.lower() == other.lower(),
    "compareToIgnoreCase": lambda text, other: _compare(text.lower(), other.lower()),
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "trim": lambda text: text.strip("".join(map(chr, range(33)))),
    "strip": str.strip,
    "isEmpty": lambda text: not text,
    "isBlank": lambda text: not text.strip(),
    "concat": lambda text, other: bounded(text + other),
    "charAt": lambda text, index: text[_within(text, index)],
    "toCharArray": JavaArray,
    "repeat": _repeat,
    "intern": str,
}
_NUMBER: Methods = _OBJECT | {
    "intValue": _truncated,
    "longValue": _truncated,
    "shortValue": _truncated,
    "byteValue": _truncated,
    "doubleValue": float,
    "floatValue": float,
    "hashCode": _truncated,
    "equals": lambda value, other: is_number(other) and type(value) is type(other) and value == other,
    "parseInt": lambda _, text: int(text),
    "valueOf": lambda _, text: int(text),
    "parseDouble": lambda _, text: float(text),
}
_LIST: Methods = _OBJECT | {
    "size": len,
    "get": lambda value, index: value[_within(value, index)],
    "set": _set,
    "add": _append,
    "addAll": _append_all,
    "contains": _has,
    "containsAll": lambda value, others: all(each in value for each in others),
    "isEmpty": lambda value: not value,
    "remove": _remove,
    "removeAll": _remove_all,
    "retainAll": lambda value, others: _remove_all(value, others, True),
    "clear": _clear,
    "indexOf": _index,
    "lastIndexOf": _last_index,
    "subList": lambda value, start, end: ArrayList(value[start:end]),
    "toArray": JavaArray,
    "iterator": as_list,
}
_MAP: Methods = _OBJECT | {
    "get": _get,
    "getOrDefault": lambda value, key, default: value.get(key, default),
    "put": _put,
    "putIfAbsent": _put_if_absent,
    "putAll": lambda value, other: value.update(other),
    "keySet": as_list,
    "values": lambda value: as_list(value.values()),
    "entrySet": lambda value: ArrayList([Entry(key, each) for key, each in value.items()]),
    "containsKey": lambda value, key: key in value,
    "containsValue": lambda value, element: element in value.values(),
    "size": len,
    "isEmpty": lambda value: not value,
    "remove": lambda value, key: value.pop(key, None),
    "clear": _clear,
}
METHODS: dict[type, Methods] = {
    str: _STRING,
    int: _NUMBER,
    float: _NUMBER,
    bool: _OBJECT | {"booleanValue": bool},
    list: _LIST,
    ArrayList: _LIST,
    JavaArray: _LIST,
    dict: _MAP,
    Entry: _OBJECT,
}
