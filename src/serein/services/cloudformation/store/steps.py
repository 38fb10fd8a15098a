"""The SQL of what steps have done so far: the results of their writes, kept until the operation is over."""

from serein.kernel.database import Transaction


def insert_result(tx: Transaction, stack_id: str, purpose: str, name: str, seed: bytes, result: bytes) -> None:
    tx.run(
        "INSERT INTO cloudformation_steps (stack_id, purpose, name, seed, result)"
        " VALUES (:id, :purpose, :name, :seed, :result) ON CONFLICT (stack_id, purpose, name)"
        " DO UPDATE SET seed = excluded.seed, result = excluded.result",
        id=stack_id,
        purpose=purpose,
        name=name,
        seed=seed,
        result=result,
    )


def results_of(tx: Transaction, stack_id: str, purpose: str) -> list[tuple[str, bytes, bytes]]:
    """(name, seed, result) of a step's writes."""
    rows = tx.all(
        "SELECT name, seed, result FROM cloudformation_steps WHERE stack_id = :id AND purpose = :purpose",
        id=stack_id,
        purpose=purpose,
    )
    return [(row[0], bytes(row[1]), bytes(row[2])) for row in rows]


def delete_results(tx: Transaction, stack_id: str) -> None:
    tx.run("DELETE FROM cloudformation_steps WHERE stack_id = :id", id=stack_id)
