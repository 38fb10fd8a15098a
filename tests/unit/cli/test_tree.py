"""The tree of resources: rows by what happens, lines that fit a screen."""

import click
import pytest

from serein.cli.deployments.tree import Tree
from serein.deploy.progress import ResourceEvent


def event(path: str, status: str, at: float, reason: str = "") -> ResourceEvent:
    return ResourceEvent("app", tuple(path.split("/")), "AWS::SQS::Queue", status, at, reason)


def shown(tree: Tree, width: int = 100, height: int = 100, now: float = 50.0) -> list[str]:
    return [click.unstyle(line) for line in tree.lines(width, height, now)]


def test_a_row_tells_what_is_done_and_how_long_it_took() -> None:
    tree = Tree()
    tree.add(event("One", "CREATE_IN_PROGRESS", 10.0), 40.0)
    tree.add(event("Second", "UPDATE_IN_PROGRESS", 10.0), 40.0)
    tree.add(event("One", "CREATE_COMPLETE", 12.5), 42.5)
    assert shown(tree) == [
        "✓ One     AWS::SQS::Queue  created       2.5 s",
        "⠋ Second  AWS::SQS::Queue  updating     10.0 s",
    ]


def test_what_is_in_a_nested_stack_stands_below_it_also_when_it_is_told_of_first() -> None:
    tree = Tree()
    tree.add(event("Inner/Queue", "CREATE_COMPLETE", 1.0), 1.0)
    tree.add(event("Last", "CREATE_COMPLETE", 1.0), 1.0)
    tree.add(event("Inner", "CREATE_COMPLETE", 2.0), 2.0)
    assert [line[2:11].rstrip() for line in shown(tree)] == ["Inner", "  Queue", "Last"]


def test_what_failed_stays_failed_while_it_is_removed() -> None:
    tree = Tree()
    tree.add(event("One", "CREATE_FAILED", 1.0, "no"), 1.0)
    tree.add(event("Two", "CREATE_FAILED", 1.0, "Resource creation cancelled"), 1.0)
    tree.add(event("One", "DELETE_COMPLETE", 2.0), 2.0)
    assert [line[0] for line in shown(tree)] == ["✗", "-"]
    assert ["failed" in line for line in shown(tree)] == [True, False]


@pytest.mark.parametrize("height", [1, 3])
def test_on_a_small_screen_failures_and_what_is_under_way_come_first(height: int) -> None:
    tree = Tree()
    for number in range(8):
        tree.add(event(f"Done{number}", "CREATE_COMPLETE", float(number)), 1.0)
    tree.add(event("Slow", "CREATE_IN_PROGRESS", 1.0), 1.0)
    tree.add(event("Bad", "CREATE_FAILED", 1.0, "no"), 1.0)
    lines = shown(tree, width=30, height=height)
    assert len(lines) == height
    assert all(len(line) <= 30 for line in lines)
    assert lines[-1] == ("  … 8 more, 8 of them done" if height == 3 else "  … 10 more, 9 of them done")
    assert [line.split()[1] for line in lines[:-1]] == (["Slow", "Bad"] if height == 3 else [])
