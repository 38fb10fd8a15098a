"""Tables of settings by their id, each row of one account and region."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

Settings = dict[str, Any]


class OwnedSettings:
    """One such table."""

    def __init__(self, table: str, id_column: str) -> None:
        mine = "account = :account AND region = :region"
        self._put = (
            f"INSERT INTO {table} ({id_column}, account, region, settings) VALUES (:id, :account, :region, :settings)"
            f" ON CONFLICT ({id_column}) DO UPDATE SET settings = :settings"
        )
        self._find = f"SELECT settings FROM {table} WHERE {id_column} = :id AND {mine}"
        self._list = f"SELECT settings FROM {table} WHERE {mine} ORDER BY {id_column}"
        self._delete = f"DELETE FROM {table} WHERE {id_column} = :id"

    def put(self, tx: Transaction, scope: Scope, id: str, settings: Settings) -> None:
        tx.run(self._put, id=id, account=scope.account, region=scope.region, settings=json.dumps(settings))

    def find(self, tx: Transaction, scope: Scope, id: str) -> Settings | None:
        row = tx.one(self._find, id=id, account=scope.account, region=scope.region)
        return None if row is None else json.loads(row[0])

    def list(self, tx: Transaction, scope: Scope) -> list[Settings]:
        """In the order of ids."""
        rows = tx.all(self._list, account=scope.account, region=scope.region)
        return [json.loads(row[0]) for row in rows]

    def delete(self, tx: Transaction, id: str) -> None:
        tx.run(self._delete, id=id)
