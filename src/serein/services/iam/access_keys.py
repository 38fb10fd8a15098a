"""Access key ids, formed as AWS forms them: the account is encoded in the id.

AWS: the characters after the prefix are base 32, and 39 bits of them are the account
(https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html says that the account can be told from
a key alone). So whoever holds a key can be given the right account without a look-up.
"""

import base64

from serein.kernel.ids import random_bytes

LONG_TERM = "AKIA"
TEMPORARY = "ASIA"
_ACCOUNT_BITS = 0x7FFFFFFFFF80


def new_access_key_id(prefix: str, account: str) -> str:
    """A random id of 20 characters that belongs to `account`."""
    noise = random_bytes(10)
    bits = (int.from_bytes(noise[:6]) & ~_ACCOUNT_BITS) | int(account) << 7
    return prefix + base64.b32encode(bits.to_bytes(6) + noise[6:]).decode()


def find_account(access_key_id: str) -> str | None:
    """The account that an id belongs to, or None when it isn't an access key id."""
    if len(access_key_id) != 20 or not access_key_id.startswith((LONG_TERM, TEMPORARY)):
        return None
    try:
        bits = int.from_bytes(base64.b32decode(access_key_id[4:])[:6])
    except ValueError:
        return None
    return f"{(bits & _ACCOUNT_BITS) >> 7:012d}"


def new_secret() -> str:
    """A secret access key: 40 characters of base 64."""
    return base64.b64encode(random_bytes(30)).decode()


def new_session_token() -> str:
    """An opaque session token."""
    return "IQoJb3JpZ2luX2Vj" + base64.b64encode(random_bytes(192)).decode()
