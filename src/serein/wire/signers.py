"""Who signed a request that isn't for an AWS API, but wants a signature: function URLs. And signing some."""

from serein.kernel.clock import wall_seconds
from serein.kernel.http import Headers, HttpRequest, Keys, Signer
from serein.wire import sigv4
from serein.wire.identity import Identities, at_origin
from serein.wire.signing import signature_headers


class Signers:
    """The Signatures port. Signatures are right only where the settings ask for it; they must be there anyway."""

    def __init__(self, identities: Identities, *, is_enforced: bool) -> None:
        self._identities = identities
        self.is_enforced = is_enforced

    async def require_signer(self, http: HttpRequest, body: bytes, service: str) -> Signer:
        """Who signed the request for `service`. Raises SignatureError, and ExpiredToken."""
        credential = sigv4.find_credential(http)
        if credential is not None and credential.service != service:
            raise sigv4.SignatureError(
                "InvalidSignatureException",
                f"Credential should be scoped to correct service: '{service}'.",
            )
        if credential is not None and not self.is_enforced:
            known = await self._identities.resolve(credential.access_key)
            return Signer(known.account, known.caller)
        found = await self._identities.find(credential.access_key) if credential else None
        secret, token = (found.secret, found.token) if found else (None, "")
        sigv4.verify(http, body, credential, secret, token, wall_seconds())
        assert found is not None
        return Signer(found.account, at_origin(found.caller, http))

    def sign(self, http: HttpRequest, body: bytes, keys: Keys, region: str, service: str) -> Headers:
        """The headers that sign a request."""
        return signature_headers(http, body, keys, region, service, wall_seconds())

    def lend(self, signer: Signer) -> Keys:
        """Keys with which a service signs for itself."""
        return self._identities.lend(signer)

    def take_back(self, keys: Keys) -> None:
        """The keys aren't good any more."""
        self._identities.take_back(keys)
