"""How executions live: Standard ones in rows, Express ones in memory, both by the same interpreter.

What other parts of the service use, each in a module of that name:

- `starting.start(tx, platform, Start(...)) -> Started`: begin an execution in the caller's transaction. Whoever does
  hands `Started.effects` to `performing.launch(platform, effects)` once that has committed; so with whatever else
  returns launches. A crash in between loses nothing: what was to be performed is found again.
- `ending.stop(tx, platform, execution, error, cause)`: end an execution as StopExecution does.
- `redriving.redrive(tx, platform, execution)`: have one go on that ended without success. Returns launches.
- `tokens.complete_task(tx, platform, token, output, account)`, `tokens.fail_task(tx, platform, token, error, cause,
  account)`, `tokens.record_heartbeat(tx, platform, token, account)`: a task that waits for its token, activities'
  included; all raise InvalidToken or TaskTimedOut. The first two return launches.
- `tokens.begin_activity_task(tx, platform, place, worker_name)`: a worker takes a task; False when that is over.
- `resuming.end_wait(tx, platform, Place(execution_id, frame_id, task), outcome, events=())`: the state that waits there
  is over: a map run has ended. Returns launches. `outcome` is an `interpreter.outcomes.Done(output)` or
  `Failed(error, cause)`; `events` are history events that come first, with their type and their details.
- `resuming.append_events(tx, platform, place, events)`: history events of a state that goes on waiting.

What this package calls of others:

- `store/machines.py`: `require_target(tx, scope, arn) -> Target`, `require_revision(tx, revision_id) -> Revision`.
- `observation.py`: `observe(tx, platform, seen: Seen)`, with every step of every execution, in its transaction (of an
  Express execution once, at its end): logs, metrics, status events, traces.
- `tasks/`: `submit`, `find_outcome`, `watched_topic`.
- `store/activities.py`: `append_task`, `delete_task`.
- `distributed/`: `begin_map_run(tx, MapRunWanted(...))` when a distributed Map state is entered, `abort_map_runs` when
  it is over before its run, and `child_ended(tx, execution)` when an execution of a map run has ended.
"""
