"""`python -m bench`: measure Serein and its peers side by side, print a table, write bench/results/<time>.json."""

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from bench import loads, peers
from bench.calls import Load, Result

PEERS: dict[str, Callable[[], peers.Peer]] = {
    "serein": peers.serein,
    "moto": peers.moto,
    "ministack": peers.ministack,
    "dynalite": peers.dynalite,
    "serverless-offline": peers.serverless_offline,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--peers", default=",".join(PEERS), help="servers to measure (default: all)")
    parser.add_argument("--loads", default=",".join(loads.LOADS), help="loads to drive (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, of which the median counts (default: 3)")
    arguments = parser.parse_args()
    figures: dict[str, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for name in arguments.peers.split(","):
        try:
            peer = PEERS[name]()
        except peers.PeerMissing as missing:
            print(f"{name}: not measured: {missing}", file=sys.stderr)
            continue
        for run in range(arguments.runs):
            for load in arguments.loads.split(","):
                service, function = loads.LOADS[load]
                if service and service not in peer.services:
                    continue
                print(f"{name} {peer.version}: {load} ({run + 1} of {arguments.runs})", file=sys.stderr, flush=True)
                for result in measure(peer, function):
                    figures[result.load][result.server].append(result)
    print_table(figures)
    write_json(figures)
    return 0


def measure(peer: peers.Peer, function: Load) -> list[Result]:
    """Drive a load on a server started for it."""
    try:
        with peers.started(peer) as running:
            return function(running)
    except (peers.PeerMissing, RuntimeError, OSError, EOFError, KeyError) as error:
        print(f"{peer.name}: {error}", file=sys.stderr)
        return []


def print_table(figures: dict[str, dict[str, list[Result]]]) -> None:
    servers = [name for name in PEERS if any(name in row for row in figures.values())]
    print("| load | unit | " + " | ".join(servers) + " |")
    print("| --- | --- | " + " | ".join("---:" for _ in servers) + " |")
    for load, row in figures.items():
        unit = next(iter(row.values()))[0].unit
        own = median(row["serein"]) if "serein" in row else None
        cells = [cell(row.get(server, []), own if server != "serein" else None) for server in servers]
        print(f"| {load} | {unit} | " + " | ".join(cells) + " |")


def cell(results: list[Result], own: float | None) -> str:
    """A median, with Serein's ratio to it (how many times Serein's figure is this one) and failures."""
    if not results:
        return ""
    value = median(results)
    text = f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
    if own and value:
        text += f" (×{own / value:.2f})"
    errors = sum(result.errors for result in results)
    return f"{text}, {errors} failed" if errors else text


def median(results: list[Result]) -> float:
    return statistics.median(result.value for result in results)


def write_json(figures: dict[str, dict[str, list[Result]]]) -> None:
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    file = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    content = {
        load: {
            server: {
                "median": median(results),
                "unit": results[0].unit,
                "values": [result.value for result in results],
                "failed": sum(result.errors for result in results),
            }
            for server, results in row.items()
        }
        for load, row in figures.items()
    }
    file.write_text(json.dumps(content, indent=2))
    print(f"\nwritten to {file}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
