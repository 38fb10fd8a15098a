"""How executions live: Standard ones in rows, Express ones in memory, both by the same interpreter.

What other parts of the service use, each in a module of that name:

- `starting.start(tx, platform, Start(...)) -> Started`: begin an execution in the caller's transaction. The caller
  hands `Started.effects` to `performing.launch(platform, effects)` once that has committed (a crash in between loses
  nothing: what was to be performed is found again).
- `ending.stop(tx, platform, execution, status, error, cause)`: end an execution as StopExecution does.
- `tokens.complete_task(tx, platform, token, output, account)`, `tokens.fail_task(tx, platform, token, error, cause,
  account)`, `tokens.record_heartbeat(tx, token, account)`: a task that waits for its token, activities' included; all
  raise InvalidToken, TaskDoesNotExist or TaskTimedOut. The first two return effects to launch.
- `resuming.end_wait(tx, platform, Place(execution_id, frame_id, task), outcome, events=())`: the state that waits there
  is over: a map run has ended, an activity's worker has said so. Returns effects to launch. `outcome` is an
  `interpreter.outcomes.Done(output)` or `Failed(error, cause)`; `events` are history events that come first.
- `resuming.append_events(tx, platform, place, events)`: history events of a state that goes on waiting.

What this package calls of others:

- `store/machines.py`: `require_target(tx, scope, arn) -> Target`, `require_revision(tx, revision_id) -> Revision`.
- `observation.py`: `observe(tx, platform, seen: Seen)`, with every step of every execution, in its transaction (of an
  Express execution once, at its end): logs, metrics, status events, traces.
- `tasks/`: `submit`, `find_outcome`, `watched_topic`.
- `distributed/`: `begin_map_run(tx, platform, MapRunWanted(...))` when a distributed Map state is entered, and
  `child_ended(tx, platform, execution)` when an execution of a map run has ended.
"""
