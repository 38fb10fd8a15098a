"""Waits for a debugger before a Python function is loaded; what waits is `debugpy`, which a layer of the function has.

Runs in the functions' interpreter, without Serein, in an environment that is started to be debugged. The debugger is
in the function's own process: a sandbox need not start another one, and it ends with the environment.
"""

# ruff: noqa: T100

import os
import sys

LISTENING = "Debugger listening on 127.0.0.1:{port}; the code is in {folder}\n"
"""What whoever started the function waits for (`services/lambda_/debugging.py`)."""


def wait(port):
    """Listen, say so, and return when a debugger has attached and has set its breakpoints."""
    # Why: modules that Python itself has frozen make debugpy warn at length, and are nothing to debug here.
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    import debugpy  # a layer's, on the function's path by now

    debugpy.listen(("127.0.0.1", port), in_process_debug_adapter=True)
    sys.stderr.write(LISTENING.format(port=port, folder=os.environ.get("LAMBDA_TASK_ROOT", "")))
    sys.stderr.flush()
    debugpy.wait_for_client()
    del os.environ["PYDEVD_DISABLE_FILE_VALIDATION"]
