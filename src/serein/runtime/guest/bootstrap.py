"""Lambda's Python runtime as a program of its own: what a wrapper script starts (`AWS_LAMBDA_EXEC_WRAPPER`).

Everything it needs is in its variables. Without a wrapper, functions are forked from a warm server instead
(`python_runtime.py`). Runs in the functions' interpreter, without Serein.
"""

# ruff: noqa: E402

import os
import sys

sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

if __name__ == "__main__":
    if port := os.environ.pop("SEREIN_DEBUG_PORT", ""):
        import serein_debugger  # only who debugs needs it

        serein_debugger.wait(int(port))
    bootstrap.run(os.environ.get("_HANDLER", ""), LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))
