"""Global tables: the tables in several regions that hold the same items, as each of them knows it.

Every replica's definition holds the whole of the replication, and all are changed in one transaction. All regions are
in one database, so a write is written to every replica in the transaction of the request (writes.py): replicas never
differ, there are no conflicts to resolve and nothing can be lost between regions.
"""

from decimal import Decimal
from typing import Any

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.scope import Scope
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.values import encode_json

CURRENT, LEGACY = "2019.11.21", "2017.11.29"
STRONG, EVENTUAL = "STRONG", "EVENTUAL"


class ReplicaDefinition(msgspec.Struct, omit_defaults=True):
    """One replica: a table, and where its settings differ from the others'."""

    id: int
    arn: str
    is_copying: bool = False
    """Whether items from before the replica's time are still being copied to it."""
    kms_key: str = ""
    read_units: int | None = None
    most_reads: int | None = None
    table_class: str = ""
    indexes: dict[str, dict[str, int]] = {}
    """`ReadCapacityUnits` and `MaxReadRequestUnits` of global indexes, by name."""

    @property
    def scope(self) -> Scope:
        arn = find_arn(self.arn)
        return arn.scope if arn is not None else Scope()

    @property
    def region(self) -> str:
        return self.arn.split(":", 4)[3]


class Replication(msgspec.Struct, omit_defaults=True):
    """A global table. `members` are all of its replicas, the one whose definition this is a part of included."""

    version: str
    members: list[ReplicaDefinition]
    consistency: str = EVENTUAL
    witness: str = ""
    """The region of the witness, which keeps no items."""

    def find_member(self, region: str) -> ReplicaDefinition | None:
        return next((member for member in self.members if member.region == region), None)


def marked(image: Image, region: str, now: float) -> Image:
    """An item as replicas of version 2017.11.29 hold it.

    AWS: these attributes are added to every item, in the region of the write as well
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables_HowItWorks.html).
    """
    item: dict[str, Any] = {
        **image.item,
        "aws:rep:deleting": {"BOOL": False},
        "aws:rep:updatetime": {"N": format(Decimal(f"{now:.6f}").normalize(), "f")},
        "aws:rep:updateregion": {"S": region},
    }
    return Image(encode_json(item), size_of_item(item), item)
