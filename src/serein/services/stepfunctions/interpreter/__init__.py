"""The interpreter: what becomes of an execution when something happens to it, without doing any of it.

A `Run` goes over the frames of one execution once: it begins with an occurrence (the start, a task's outcome, a timer)
and goes on until every thread of control waits for something or the execution has ended. What it leaves behind are
changed frames and timers, history events in their order, and effects for others to perform. It reads no clock, draws
nothing but jitter and secrets, and knows frames only by the port in `frames.py`: Standard executions keep them in rows,
Express ones in memory.
"""
