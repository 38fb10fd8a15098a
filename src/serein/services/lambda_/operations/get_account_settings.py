"""GetAccountSettings: an account's limits and what of them is used."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.account_limits import CONCURRENT_EXECUTIONS, TOTAL_CODE_BYTES
from serein.services.lambda_.packages import MAXIMUM_UNZIPPED_BYTES, MAXIMUM_ZIPPED_BYTES
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.store.provisioned import unreserved_provisioned


@operation("GetAccountSettings")
async def get_account_settings(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        count, size = store.count_functions(tx, call.scope)
        reserved = store.reserved_in_total(tx, call.scope, "") + unreserved_provisioned(tx, call.scope)
        return {
            "AccountLimit": {
                "TotalCodeSize": TOTAL_CODE_BYTES,
                "CodeSizeUnzipped": MAXIMUM_UNZIPPED_BYTES,
                "CodeSizeZipped": MAXIMUM_ZIPPED_BYTES,
                "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
                "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS - reserved,
            },
            "AccountUsage": {"TotalCodeSize": size, "FunctionCount": count},
        }

    return await call.read(read)
