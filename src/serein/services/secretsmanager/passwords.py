"""Random passwords of given characters."""

from typing import Any

from serein.kernel.ids import random_fraction
from serein.services.secretsmanager.errors import InvalidParameterException

_CLASSES = (
    ("ExcludeLowercase", "abcdefghijklmnopqrstuvwxyz"),
    ("ExcludeUppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("ExcludeNumbers", "0123456789"),
    ("ExcludePunctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
)
_DEFAULT_LENGTH = 32


def random_password(wanted: dict[str, Any]) -> str:
    """A password as GetRandomPassword's request wants it. Raises InvalidParameterException."""
    length = wanted.get("PasswordLength", _DEFAULT_LENGTH)
    excluded = set(wanted.get("ExcludeCharacters") or "")
    classes = [
        "".join(character for character in characters if character not in excluded)
        for member, characters in _CLASSES
        if not wanted.get(member)
    ]
    if wanted.get("IncludeSpace") and " " not in excluded:
        classes.append(" ")
    everything = "".join(classes)
    if not everything:
        raise InvalidParameterException("There is no character left that the password could have.")
    password: list[str] = []
    # AWS: at least one of every type unless RequireEachIncludedType is false.
    if wanted.get("RequireEachIncludedType", True):
        if not all(classes):
            raise InvalidParameterException(
                "Password cannot be generated based on the provided parameters: a required type has no characters."
            )
        if length < len(classes):
            raise InvalidParameterException(
                f"Password length {length} is too short based on the required types: at least {len(classes)}."
            )
        password = [_pick(characters) for characters in classes]
    password += [_pick(everything) for _ in range(length - len(password))]
    return "".join(_shuffled(password))


def _pick(characters: str) -> str:
    return characters[int(random_fraction() * len(characters))]


def _shuffled(characters: list[str]) -> list[str]:
    for last in range(len(characters) - 1, 0, -1):
        other = int(random_fraction() * (last + 1))
        characters[last], characters[other] = characters[other], characters[last]
    return characters
