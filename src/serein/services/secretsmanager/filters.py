"""Filters of ListSecrets and BatchGetSecretValue.

AWS: prefixes match, a value that begins with ! excludes; of text, every word is looked for where case doesn't matter.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
"""

import re
from typing import Any

from serein.services.secretsmanager.errors import InvalidParameterException
from serein.services.secretsmanager.store import Found

_WORDS = re.compile(r"[^A-Za-z0-9]+")


def passes(found: Found, filters: list[dict[str, Any]]) -> bool:
    """Whether a secret passes all filters. Raises InvalidParameterException."""
    return all(_passes_one(found, one) for one in filters)


def _passes_one(found: Found, given: dict[str, Any]) -> bool:
    key, values = given.get("Key"), given.get("Values")
    if not key or not values:
        raise InvalidParameterException("Invalid filter key" if not key else "Invalid filter values for key: " + key)
    wanted = [value for value in values if not value.startswith("!")]
    unwanted = [value[1:] for value in values if value.startswith("!")]
    return (not wanted or any(_matches(found, key, value) for value in wanted)) and not any(
        _matches(found, key, value) for value in unwanted
    )


def _matches(found: Found, key: str, value: str) -> bool:
    secret = found.secret
    if key == "name":
        return found.name.startswith(value)
    if key == "tag-key":
        return any(tag.startswith(value) for tag in secret.tags)
    if key == "tag-value":
        return any(tag.startswith(value) for tag in secret.tags.values())
    if key == "description":
        return _has_words(secret.description, value)
    if key == "primary-region":
        return bool(found.own.get("IsReplicated")) and secret.primary_region.startswith(value)
    if key == "owning-service":
        return False
    texts = (found.name, secret.description, *secret.tags, *secret.tags.values(), secret.primary_region)
    return any(_has_words(text, value) for text in texts)


def _has_words(text: str, value: str) -> bool:
    words = [word for word in _WORDS.split(text.lower()) if word]
    return all(any(word.startswith(part) for word in words) for part in _WORDS.split(value.lower()) if part)
