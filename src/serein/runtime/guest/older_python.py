"""What the fork server uses of the standard library and Python 3.8 does not have yet."""

import array
import os
import socket


def _recv_fds(connection, size, most):
    """`socket.recv_fds` of Python 3.9."""
    item = array.array("i").itemsize
    data, ancillary, flags, address = connection.recvmsg(size, socket.CMSG_LEN(most * item))
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content[: len(content) - len(content) % item])
    return data, list(descriptors), flags, address


def _waitstatus_to_exitcode(status):
    """`os.waitstatus_to_exitcode` of Python 3.9, for processes that have ended."""
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)


def complete():
    """Add them where they are missing."""
    if not hasattr(socket, "recv_fds"):
        socket.recv_fds = _recv_fds
    if not hasattr(os, "waitstatus_to_exitcode"):
        os.waitstatus_to_exitcode = _waitstatus_to_exitcode
