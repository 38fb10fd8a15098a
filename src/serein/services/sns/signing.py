"""Signatures of messages, and the certificate that proves them.

The key is made with the first message that is signed and kept in the database, so that all nodes sign alike. A message
is signed once for all its subscribers, beside the event loop.
AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import asyncio
import datetime
from base64 import b64encode
from collections.abc import Awaitable
from typing import Any

from serein.kernel.beside import Beside
from serein.kernel.call import Platform
from serein.kernel.clock import wall_seconds
from serein.kernel.database import Transaction
from serein.kernel.ids import random_hex
from serein.services.sns.store import keys

CERTIFICATE_PATH = "/_aws/sns/SimpleNotificationService-"
_KEY_BITS = 2048
_DAYS = 3650
_MEMORY = "sns signing key"
_signing = Beside("sns-signing", threads=2)
"""Of all servers in the process: it holds nothing but work."""


class Signer:
    """Signs texts with the platform's key."""

    def __init__(self, id: str, private_key: str, endpoint: str) -> None:
        # Why here: loading it takes 40 ms, and most servers publish nothing that is signed.
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        self.certificate_url = f"{endpoint}{CERTIFICATE_PATH}{id}.pem"
        self._key: Any = load_pem_private_key(private_key.encode(), None)
        self._padding = padding.PKCS1v15()
        self._hashes = {"1": hashes.SHA1(), "2": hashes.SHA256()}

    def sign(self, members: dict[str, str], version: str) -> str:
        """The signature of a message's members. AWS: their names and values by name, a line each."""
        text = "".join([f"{name}\n{members[name]}\n" for name in sorted(members)])
        signature: bytes = self._key.sign(text.encode("utf-8", "surrogatepass"), self._padding, self._hashes[version])
        return b64encode(signature).decode()


class Seal:
    """The signatures of one message: one for each text that it has for its protocols."""

    __slots__ = ("_made", "_members", "_signer", "is_used", "version")

    def __init__(self, signer: Signer, members: dict[str, str], version: str) -> None:
        """`members` are those that are signed besides `Message`."""
        self._signer = signer
        self._members = members
        self.version = version
        self.is_used = False
        """Whether a subscriber gets a signature."""
        self._made: dict[str, str] = {}

    @property
    def certificate_url(self) -> str:
        return self._signer.certificate_url

    def signature(self, text: str) -> str:
        """The signature of the message with this text; about a millisecond the first time."""
        self.is_used = True
        return self._made.get(text) or self._sign(text)

    def prepare(self, text: str) -> Awaitable[str]:
        """Begin to make the signature where it holds nobody up."""
        return _signing.run(lambda: self._sign(text))

    def _sign(self, text: str) -> str:
        made = self._made[text] = self._signer.sign({**self._members, "Message": text}, self.version)
        return made


async def signer_of(platform: Platform) -> Signer:
    """What signs the platform's messages; made with the first."""
    known: Signer | None = platform.memory.get(_MEMORY)
    if known is None:
        found = await platform.database.read(keys.find_newest)
        if found is None:
            fresh = await asyncio.to_thread(_make_key)
            found = await platform.database.write(lambda tx: _keep(tx, *fresh))
        known = platform.memory[_MEMORY] = Signer(found[0], found[1], platform.limits.endpoint)
    return known


def _keep(tx: Transaction, private_key: str, certificate: str) -> tuple[str, str, str]:
    """Store a key unless another node was faster."""
    found = keys.find_newest(tx)
    if found is None:
        found = (random_hex(32), private_key, certificate)
        keys.insert(tx, *found)
    return found


def _make_key() -> tuple[str, str]:
    """A new key and its certificate, as PEM."""
    # Why here: as above.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(65537, _KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.datetime.fromtimestamp(wall_seconds(), datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
