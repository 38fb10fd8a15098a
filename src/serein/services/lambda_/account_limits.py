"""The quotas of an account, as AWS sets them for a new one."""

CONCURRENT_EXECUTIONS = 1000
MINIMUM_UNRESERVED = 100
REQUESTS_PER_PLACE = 10
"""A second."""
TOTAL_CODE_BYTES = 80_530_636_800
