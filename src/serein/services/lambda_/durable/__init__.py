"""Durable functions: executions that are checkpointed, suspended and replayed.

An execution is rows: itself, its operations and its history. A checkpoint commits with what it causes (timers,
callbacks, chained invocations), and one worker runs what is due, so that an execution waits for days without a process
and goes on after a crash. AWS: https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""
