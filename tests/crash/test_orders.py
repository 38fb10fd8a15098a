"""The example application under SIGKILL: every accepted order reaches one final state, once."""

import os
import random
import socket
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from examples.orders.drive import Api
from serein.testing import Serein, ServerProcess

ROOT = Path(__file__).parents[2] / "examples" / "orders"
KILLS = max(5, int(os.environ.get("SEREIN_CRASH_KILLS", "50")) // 5)
STOCK = 100_000
CUSTOMERS = 4
pytestmark = [pytest.mark.crash, pytest.mark.timeout(240 + 12 * KILLS)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Customer(threading.Thread):
    """Places orders until the server is gone; remembers those that were accepted."""

    def __init__(self, api: Api, name: str, enough: threading.Semaphore) -> None:
        super().__init__(daemon=True)
        self._api = api
        self._name = name
        self._enough = enough
        self.accepted: dict[str, int] = {}

    def run(self) -> None:
        while True:
            quantity = random.randrange(1, 4)
            lines = {"lines": [{"sku": "lamp", "quantity": quantity, "price_cents": 10}]}
            try:
                status, order = self._api("POST", "/orders", lines, self._name)
            except (OSError, ValueError):
                return
            if status in (200, 201, 202):
                self.accepted[order["order_id"]] = quantity
                self._enough.release()


def settle(session: Serein, is_final: Any) -> None:
    """Let everything that fell due be done; messages that were in flight come back after their visibility timeout."""
    for _ in range(20):
        session.wait_until_idle(60)
        if is_final():
            return
        session.clock.advance(61)


def test_every_accepted_order_ends_in_one_state_once(tmp_path: Path) -> None:
    settings = {"clock": "virtual", "port": str(free_port())}
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint)
    stack = session.deploy(ROOT, "orders")
    api = Api(stack.outputs["ApiUrl"])
    assert api("PUT", "/stock/lamp", {"available": STOCK})[0] == 200
    accepted: dict[str, int] = {}
    for _ in range(KILLS):
        enough = threading.Semaphore(0)
        customers = [Customer(api, f"customer-{number}", enough) for number in range(CUSTOMERS)]
        for customer in customers:
            customer.start()
        for _ in range(random.randrange(1, 12)):
            enough.acquire(timeout=30)
        server.kill()
        for customer in customers:
            customer.join(timeout=30)
            accepted |= customer.accepted
        server = ServerProcess(tmp_path / "data", settings)

    def scan(table: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = session.resource("dynamodb").Table(stack.resources[table]).scan()["Items"]
        return items

    settle(session, lambda: all(order["status"] != "PENDING" for order in scan("OrdersTable")))
    orders = {order["order_id"]: order for order in scan("OrdersTable") if "status" in order}
    assert accepted.keys() <= orders.keys(), "accepted orders are lost"
    states = Counter(order["status"] for order in orders.values())
    assert set(states) == {"CONFIRMED"}, states
    taken = sum(int(line["quantity"]) for order in orders.values() for line in order["lines"])
    (lamp,) = [article for article in scan("StockTable") if article["sku"] == "lamp"]
    assert STOCK - int(lamp["available"]) == taken, "an order took its articles twice, or not at all"
    payments = Counter(payment["status"] for payment in scan("PaymentsTable"))
    assert payments == {"CHARGED": len(orders)}
    print(f"{KILLS} kills: {len(accepted)} orders accepted, {len(orders)} stored, all confirmed once")
    server.stop()
