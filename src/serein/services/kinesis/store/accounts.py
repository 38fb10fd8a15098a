"""The rows of accounts' settings."""

import msgspec

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope


class Commitment(msgspec.Struct, omit_defaults=True, frozen=True):
    """An account's commitment to a minimum of throughput, which opens features of on-demand streams."""

    status: str = "DISABLED"
    started_at: float | None = None
    ended_at: float | None = None


_decode = msgspec.json.Decoder(Commitment).decode


def find_commitment(tx: Transaction, scope: Scope) -> Commitment:
    """The commitment of an account in a region; one that is disabled when nothing was said."""
    row = tx.one(
        "SELECT settings FROM kinesis_accounts WHERE account = :account AND region = :region",
        account=scope.account,
        region=scope.region,
    )
    return Commitment() if row is None else _decode(row[0])


def put_commitment(tx: Transaction, scope: Scope, commitment: Commitment) -> None:
    tx.run(
        "INSERT INTO kinesis_accounts (account, region, settings) VALUES (:account, :region, :settings)"
        " ON CONFLICT (account, region) DO UPDATE SET settings = excluded.settings",
        account=scope.account,
        region=scope.region,
        settings=msgspec.json.encode(commitment).decode(),
    )
