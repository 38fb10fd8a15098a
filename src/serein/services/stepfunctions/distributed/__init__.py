"""Distributed Map: map runs, whose items come from anywhere and whose iterations are executions of their own.

A map run is a row that is worked on in turns (`turns.py`): its dataset becomes portions (rows, each the input of one
child), portions become children as fast as the run's concurrency lets them, and when all have ended their results are
written or put together and the state is over. Every turn commits what it did together with how far that is, so that a
crash repeats nothing that has happened: children are started exactly once.

What entering a distributed Map state asks for, all in the transaction of the step that enters it:

- `plan.make_plan(state, document, scope) -> Plan`, pure: whatever the state's fields say for its input, which is
  `document` (after InputPath). Raises StateFailed. `Plan.length` is what `MapStateStarted` tells.
- `beginning.begin_map_run(tx, MapRunWanted(...))`: the run, with its plan; of a state that is redriven, the run that it
  had. `MapRunStarted` and what follows is told to the execution's history by `resuming.append_events`, the end by
  `resuming.end_wait`.
- `ending.abort_map_runs(tx, execution_id, frame_id=0)`: the state (0: every state of the execution) was given up.
- `ending.child_ended(tx, execution)`: an execution that has a `map_run_arn` has ended.
"""
