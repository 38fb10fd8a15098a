"""Which server reads for a mapping, where several share a database: a lease that runs out unless it is renewed."""

from collections.abc import Iterable

from serein.kernel.database import Transaction


def claim_mappings(tx: Transaction, wanted: Iterable[str], owner: str, lease_seconds: float) -> set[str]:
    """Renew one's own leases, and take those of the wanted mappings that nobody has; return all that one has."""
    until = tx.now + lease_seconds
    tx.run("UPDATE lambda_mapping_states SET owned_until = :until WHERE owner = :owner", owner=owner, until=until)
    rows = tx.all("SELECT mapping_id, owner, owned_until FROM lambda_mapping_states")
    own = {mapping_id for mapping_id, holder, _ in rows if holder == owner}
    free = {mapping_id for mapping_id, holder, held_until in rows if holder != owner and held_until <= tx.now}
    for mapping_id in free.intersection(wanted):
        tx.run(
            "UPDATE lambda_mapping_states SET owner = :owner, owned_until = :until WHERE mapping_id = :id",
            id=mapping_id,
            owner=owner,
            until=until,
        )
        own.add(mapping_id)
    return own


def owns_mapping(tx: Transaction, mapping_id: str, owner: str) -> bool:
    """Whether a mapping is there, and nobody else has taken it; `owner` is empty where there are no leases."""
    row = tx.one("SELECT owner FROM lambda_mapping_states WHERE mapping_id = :id", id=mapping_id)
    return row is not None and (not owner or row[0] == owner)


def release_mapping(tx: Transaction, mapping_id: str, owner: str) -> None:
    """Let go of a mapping."""
    tx.run(
        "UPDATE lambda_mapping_states SET owner = '', owned_until = 0 WHERE mapping_id = :id AND owner = :owner",
        id=mapping_id,
        owner=owner,
    )
