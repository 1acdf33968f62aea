# SPDX-License-Identifier: Apache-2.0
"""`python -m gateway_bridge.simulator --world FILE`: serve until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from gateway_bridge.simulator.errors import UnableToSimulate
from gateway_bridge.simulator.serve import Simulator
from gateway_bridge.simulator.world import load_world


async def _run(path: Path, *, allow_public: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Simulator(load_world(path), allow_public=allow_public) as simulator:
        sys.stdout.write(f"ready {json.dumps(simulator.ready())}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway_bridge.simulator", description=__doc__)
    parser.add_argument("--world", type=Path, required=True, help="world file (see README.md)")
    parser.add_argument("--allow-public", action="store_true", help="listen on other than loopback addresses")
    arguments = parser.parse_args()
    try:
        asyncio.run(_run(arguments.world, allow_public=arguments.allow_public))
    except UnableToSimulate as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
