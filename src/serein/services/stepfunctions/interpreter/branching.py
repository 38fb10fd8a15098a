"""Parallel and Map states: the frames within them, and what the state makes of how those end."""

from typing import Any

from serein.services.stepfunctions.distributed.plan import make_plan
from serein.services.stepfunctions.failure import RUNTIME, StateFailed
from serein.services.stepfunctions.interpreter.effects import BeginMapRun
from serein.services.stepfunctions.interpreter.failing import abort_within, fail, iteration_details, located
from serein.services.stepfunctions.interpreter.fields import (
    arguments_of,
    effective_input,
    evaluated,
    find_number,
    is_jsonata,
    result_output,
    unexpected,
)
from serein.services.stepfunctions.interpreter.frames import BRANCHING, SUBMITTED, Frame, FrameData, Item
from serein.services.stepfunctions.interpreter.leaving import leave
from serein.services.stepfunctions.interpreter.outcomes import Done, Failed, Outcome
from serein.services.stepfunctions.interpreter.payloads import encode, require_small
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import ABSENT, Machine, Map, Parallel
from serein.services.stepfunctions.query.jsonpath_data import fill_template, read_path
from serein.services.stepfunctions.query.scope import Scope

MOST_AT_ONCE = 40
"""AWS: an inline Map runs no more iterations at once."""


def begin_parallel(run: Run, frame: Frame, state: Parallel) -> None:
    """Enter a Parallel state, or try it again."""
    _forget_within(run, frame)
    document = arguments_of(run, frame, state, run.scope_of(frame))
    data = run.frames.data_of(frame)
    kept = data.text if document is data.input else ""
    text = kept or encode(document)
    require_small(text, f"The state/task '{state.name}' was given an input with a size")
    frame.task += 1
    frame.last_event = run.journal.append("ParallelStateStarted", frame.last_event)
    frame.phase, frame.pending, frame.total = BRANCHING, len(state.branches), len(state.branches)
    run.frames.touch(frame)
    for position, branch in enumerate(state.branches):
        _begin(run, frame, branch, position, FrameData(document, kept, {}, data.item), text, frame.last_event)


def _forget_within(run: Run, frame: Frame) -> None:
    """What ended well before a redrive that begins the state anew."""
    if frame.total:
        run.frames.remove_within(frame)
        frame.total = 0


def begin_map(run: Run, frame: Frame, state: Map, *, is_redriven: bool = False) -> None:
    """Enter a Map state, or try it again."""
    _forget_within(run, frame)
    frame.task += 1
    scope = run.scope_of(frame)
    if state.is_distributed:
        _begin_map_run(run, frame, state, scope, is_redriven=is_redriven)
        return
    items = _items(run, frame, state, scope)
    frame.is_object = isinstance(items, dict)
    values: list[Any] = [list(pair) for pair in items.items()] if isinstance(items, dict) else items
    frame.limit = _concurrency(run, frame, state, scope)
    details = {"length": len(values)}
    frame.last_event = run.journal.append("MapStateStarted", frame.last_event, "mapStateStartedEventDetails", details)
    frame.phase, frame.total, frame.next_position, frame.pending = BRANCHING, len(values), 0, 0
    data = run.frames.data_of(frame)
    run.frames.replace_data(frame, FrameData(data.input, data.text, data.variables, data.item, values))
    run.frames.touch(frame)
    if begin_more(run, frame, state, frame.last_event) and not values:
        _succeed(run, frame, state, [])


def _begin_map_run(run: Run, frame: Frame, state: Map, scope: Scope, *, is_redriven: bool) -> None:
    """Have a map run begin, or go on; the state waits for its end."""
    plan = make_plan(state, effective_input(run, frame, state, scope), scope)
    if not is_redriven:
        details = {"length": plan.length}
        key = "mapStateStartedEventDetails"
        frame.last_event = run.journal.append("MapStateStarted", frame.last_event, key, details)
    frame.phase = SUBMITTED
    run.frames.touch(frame)
    run.effects.append(BeginMapRun(frame.id, frame.task, state, plan, is_redriven))


def _items(run: Run, frame: Frame, state: Map, scope: Scope) -> Any:
    if is_jsonata(state):
        if state.items is ABSENT:
            items = run.frames.data_of(frame).input
        else:
            items = evaluated(run, frame, scope, state.items, "Items")
        if not isinstance(items, list | dict):
            raise unexpected(state.items, "Items", "array", items)
        return items
    document = effective_input(run, frame, state, scope)
    path = state.items_path or "$"
    items = document if path == "$" else read_path(path, document, scope)
    if not isinstance(items, list | dict):
        raise StateFailed(RUNTIME, f'Reference path "{path}" must point to array or object.')
    return items


def _concurrency(run: Run, frame: Frame, state: Map, scope: Scope) -> int:
    found = find_number(run, frame, scope, state.max_concurrency, state.max_concurrency_path, "MaxConcurrency")
    if found is None or found < 0 or found != int(found):
        raise StateFailed(RUNTIME, f"The MaxConcurrency of the state is not a number of iterations: {encode(found)}")
    return min(int(found) or MOST_AT_ONCE, MOST_AT_ONCE)


def begin_more(run: Run, frame: Frame, state: Map, previous: int) -> bool:
    """Begin more iterations after the event `previous`; False when one can't be, and the state has failed."""
    try:
        _begin_iterations(run, frame, state, previous)
    except StateFailed as failure:
        _fail(run, frame, state, located(run, frame, failure))
        return False
    return True


def _fail(run: Run, frame: Frame, state: Parallel | Map, failed: Failed) -> None:
    """What is within has failed: the rest of it is stopped."""
    abort_within(run, frame)
    frame.last_event = run.journal.append(f"{state.type}StateFailed", frame.last_event)
    fail(run, frame, failed)


def _begin_iterations(run: Run, frame: Frame, state: Map, previous: int) -> None:
    """Begin as many more iterations as may be under way, after the event `previous`.

    Raises StateFailed when an item can't be prepared.
    """
    if frame.next_position >= frame.total or frame.pending >= frame.limit:
        return
    data = run.frames.data_of(frame)
    items = data.items or []
    while frame.next_position < frame.total and frame.pending < frame.limit:
        position = frame.next_position
        entry = items[position]
        item = Item(position, entry[1], entry[0]) if frame.is_object else Item(position, entry)
        given = _selected(run, frame, state, item)
        frame.next_position += 1
        frame.pending += 1
        details: dict[str, Any] = {"name": state.name, "index": position}
        event = run.journal.append("MapIterationStarted", previous, "mapIterationStartedEventDetails", details)
        _begin(run, frame, state.processor, position, FrameData(given, item=item), None, event)
    run.frames.touch(frame)


def _selected(run: Run, frame: Frame, state: Map, item: Item) -> Any:
    """The input of an iteration."""
    if state.item_selector is ABSENT:
        return {"Key": item.key, "Value": item.value} if item.key is not None else item.value
    data = run.frames.data_of(frame)
    around = FrameData(data.input, item=item)
    scope = Scope(run.facts.context_at(frame, around), run.variables_of(frame), run.now)
    if is_jsonata(state):
        return evaluated(run, frame, scope, state.item_selector, "ItemSelector")
    return fill_template(state.item_selector, effective_input(run, frame, state, scope), scope)


def _begin(
    run: Run, parent: Frame, machine: Machine, position: int, data: FrameData, text: str | None, event: int
) -> None:
    child = Frame(run.next_frame_id, parent.id, position, machine.start_at, last_event=event)
    run.next_frame_id += 1
    run.frames.add(child, data)
    run.make_ready(child, text)


def join(run: Run, child: Frame, failed: Failed | None) -> None:
    """A frame within another has ended: the one around it goes on when that was all it waited for.

    AWS: that an iteration and a state have succeeded are events that no later one comes after; the next iteration and
    the state's exit come after the ones before.
    """
    frame = run.frames.require(child.parent_id)
    state = run.state_of(frame)
    if frame.phase != BRANCHING or not isinstance(state, Parallel | Map):
        return
    before = child.last_event
    if isinstance(state, Map):
        what = "Succeeded" if failed is None else "Failed"
        key = f"mapIteration{what}EventDetails"
        child.last_event = run.journal.append(f"MapIteration{what}", before, key, iteration_details(frame, child))
        run.frames.touch(child)
    frame.pending -= 1
    run.frames.touch(frame)
    if failed is not None:
        frame.last_event = child.last_event
        _fail(run, frame, state, failed)
        return
    if isinstance(state, Map) and not begin_more(run, frame, state, before):
        return
    if frame.pending == 0:
        frame.last_event = child.last_event
        _succeed(run, frame, state, run.frames.results_of(frame))


def _succeed(run: Run, frame: Frame, state: Parallel | Map, results: list[Any]) -> None:
    run.journal.append(f"{state.type}StateSucceeded", frame.last_event)
    _leave(run, frame, state, results)


def _leave(run: Run, frame: Frame, state: Parallel | Map, output: Any) -> None:
    run.frames.remove_within(frame)
    frame.total = 0
    made, assigned = result_output(run, frame, state, run.scope_of(frame), output)
    leave(run, frame, state, made, assigned, state.next)


def take_map_run(run: Run, frame: Frame, state: Map, outcome: Outcome) -> None:
    """The map run of a distributed Map state is over; its own events are in the journal."""
    frame.task += 1
    if isinstance(outcome, Done):
        run.journal.append("MapStateSucceeded", frame.last_event)
        # AWS: nothing follows the success of a run, either.
        frame.last_event = run.journal.previous_of(frame.last_event)
        _leave(run, frame, state, outcome.output)
        return
    frame.last_event = run.journal.append("MapStateFailed", frame.last_event)
    fail(run, frame, outcome)
