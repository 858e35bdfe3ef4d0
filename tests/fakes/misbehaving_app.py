"""An application with difficult services up, to be killed: prints what runs, then waits.

``python misbehaving_app.py FOLDER PORT``; one line of JSON: process ids and ports.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from fakes.misbehaving_specs import misbehaving  # noqa: E402

from desktop.events import ServiceState  # noqa: E402
from desktop.services.stack import redis  # noqa: E402
from desktop.services.supervisor.identity import family  # noqa: E402
from desktop.services.supervisor.spec import ManagedPlan  # noqa: E402
from desktop.services.supervisor.supervisor import Supervisor  # noqa: E402
from desktop.settings import RedisSettings  # noqa: E402


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    stubborn = ("--ignore-term", "--grandchildren", "2", "--daemon")
    plans = [
        misbehaving("stubborn", *stubborn, "--pids", str(folder / "pids"), port=port),
        misbehaving("plain", port=port + 4),
    ]
    if redis.find_server() is not None:
        plan = redis.plan(RedisSettings(port=port + 8), folder)
        assert isinstance(plan, ManagedPlan)
        plans.append(plan)
    supervisor = Supervisor(plans, logs=folder / "logs", status_path=folder / "services.json")
    supervisor.open()
    supervisor.start()
    statuses = [supervisor.wait_for(plan.name, ServiceState.READY) for plan in plans]
    assert all(status.state is ServiceState.READY for status in statuses), statuses
    pids = {pid for status in statuses for pid in family(status.pid)}
    launchers = {pid for pid in family(os.getpid()) if pid not in pids}
    pids |= launchers | set(json.loads((folder / "pids").read_text()))
    pids.discard(os.getpid())
    print(json.dumps({"pids": sorted(pids), "ports": [s.port for s in statuses]}), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    main()
