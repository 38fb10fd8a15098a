"""From an access key to an account: who signs a request, and whether the signature must be right."""

from dataclasses import replace

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpRequest, Keys, Signer
from serein.kernel.ids import random_hex, random_upper
from serein.kernel.scope import DEFAULT_ACCOUNT, Caller, Scope

_KNOWN = 10_000


class KnownKey:
    """An access key that IAM or STS gave out, or one that is an account number."""

    __slots__ = ("account", "caller", "secret", "token")

    def __init__(self, account: str, caller: Caller, secret: str = "", token: str = "") -> None:
        self.account = account
        self.caller = caller
        self.secret = secret
        self.token = token


class Identities:
    """Resolves access keys; remembers what it found."""

    def __init__(self, platform: Platform, root: tuple[str, str] = ("", "")) -> None:
        """`root` is the id and the secret of a key that the settings name; empty when they name none."""
        self._platform = platform
        self._root_id, self._root_secret = root
        self._known: dict[str, KnownKey] = {}
        self._lent: dict[str, KnownKey] = {}

    def lend(self, signer: Signer) -> Keys:
        """Keys that the platform's own requests are signed with on behalf of somebody, until they are taken back."""
        keys = Keys("ASIA" + random_upper(16), random_hex(40))
        self._lent[keys.access_key_id] = KnownKey(signer.account, signer.caller, keys.secret)
        return keys

    def take_back(self, keys: Keys) -> None:
        """The keys aren't good any more."""
        del self._lent[keys.access_key_id]

    async def resolve(self, access_key: str) -> KnownKey:
        """Return the key's account and caller: a 12-digit key is its account, an unknown one the default account's."""
        known = self._lent.get(access_key) or self._known.get(access_key)
        if known is None:
            try:
                known = await self.find(access_key) or _of_account(access_key)
            except AwsError:
                known = _of_account(access_key)
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[access_key] = known
        return known

    async def find(self, access_key: str) -> KnownKey | None:
        """Return what the settings, IAM and STS know of the key, or None. Raises ExpiredToken.

        Never remembered: keys are deleted and expire.
        """
        if self._root_id and access_key == self._root_id:
            root = _of_account("")
            root.caller = Caller(access_key, root.caller.arn, root.caller.user_id)
            root.secret = self._root_secret
            return root
        if access_key in self._lent:
            return self._lent[access_key]
        if not access_key.startswith(("AKIA", "ASIA")) or len(access_key) < 16:
            return None
        try:
            found = await self._platform.call("iam", "ResolveAccessKey", {"AccessKeyId": access_key}, scope=Scope())
        except AwsError as error:
            if error.code == "ExpiredToken":
                raise
            return None  # AWS: an unknown key is not an error of the look-up; the caller decides what it means
        caller = Caller(access_key, found["Arn"], found["UserId"], context=tuple(found["Context"].items()))
        return KnownKey(found["Account"], caller, found["SecretAccessKey"], found.get("SessionToken", ""))


def _of_account(access_key: str) -> KnownKey:
    account = access_key if len(access_key) == 12 and access_key.isdigit() else DEFAULT_ACCOUNT
    return KnownKey(account, Caller(access_key, f"arn:aws:iam::{account}:root", account))


def at_origin(caller: Caller, http: HttpRequest) -> Caller:
    """The caller with what policies ask of the request that it sent."""
    context = [*caller.context, ("aws:SourceIp", http.client_address)]
    if "user-agent" in http.headers:
        context.append(("aws:UserAgent", http.headers["user-agent"]))
    return replace(caller, context=tuple(context))
