"""Which resource goes where: as mapped, or found by being the same under the same or another name."""

from collections.abc import Mapping
from typing import Any

from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.refactors.store import Move

Resources = Mapping[str, Mapping[str, Any]]
"""Logical ids and definitions of the resources of each stack, by the stack's name."""
Place = tuple[str, str]


def find_moves(before: Resources, after: Resources, mappings: list[dict[str, Any]]) -> list[Move]:
    """Every resource that changes its place. Raises ValidationError when one would be made or lost."""
    gone = {(stack, name) for stack in before for name in before[stack] if name not in after.get(stack, {})}
    new = {(stack, name) for stack in after for name in after[stack] if name not in before.get(stack, {})}
    moves = []
    for mapping in mappings:
        source, destination = _place(mapping["Source"]), _place(mapping["Destination"])
        if source[1] not in before.get(source[0], {}):
            raise ValidationError(f"Resource {source[1]} does not exist in stack {source[0]}")
        if source not in gone:
            raise ValidationError(f"Resource {source[1]} is still in the template of stack {source[0]}")
        if destination not in new:
            raise ValidationError(f"Resource {destination[1]} is not new in the template of stack {destination[0]}")
        gone.discard(source)
        new.discard(destination)
        moves.append(Move(*source, *destination, "MANUAL"))
    for destination in sorted(new):
        found = _counterpart(before, after, gone, destination)
        if found is not None:
            gone.discard(found)
            moves.append(Move(*found, *destination, "AUTO"))
    missed = {(move.destination, move.destination_id) for move in moves}
    made = sorted(place for place in new if place not in missed)
    if made:
        raise ValidationError(f"A stack refactor can not create resources: {_shown(made)}")
    if gone:
        raise ValidationError(f"A stack refactor can not delete resources: {_shown(sorted(gone))}")
    if not moves:
        raise ValidationError("The stack definitions move no resource")
    return moves


def _place(named: dict[str, str]) -> Place:
    stack = named["StackName"]
    return (stack.split("/")[1] if stack.startswith("arn:") else stack), named["LogicalResourceId"]


def _counterpart(before: Resources, after: Resources, gone: set[Place], destination: Place) -> Place | None:
    definition = after[destination[0]][destination[1]]
    alike = sorted(place for place in gone if before[place[0]][place[1]].get("Type") == definition.get("Type"))
    for place in alike:
        if place[1] == destination[1]:
            return place
    same = [it for it in alike if before[it[0]][it[1]].get("Properties") == definition.get("Properties")]
    return same[0] if len(same) == 1 else None


def _shown(places: list[Place]) -> str:
    return ", ".join(f"{name} of stack {stack}" for stack, name in places)
