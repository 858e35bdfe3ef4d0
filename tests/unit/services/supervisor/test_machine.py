"""The state machine: rules by example, then by properties over random histories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.events import ServiceState as S
from desktop.services.supervisor.machine import (
    Action,
    Adopted,
    Exited,
    Input,
    Machine,
    ProbeFailed,
    ProbePassed,
    StartRequested,
    StopRequested,
    Tick,
    backoff_s,
    step,
)
from desktop.services.supervisor.spec import RestartPolicy, Timing


def run(machine: Machine, *steps: tuple[float, Input]) -> tuple[Machine, list[Action]]:
    done: list[Action] = []
    for now_s, event in steps:
        machine, actions = step(machine, event, now_s)
        done.extend(actions)
    return machine, done


def started() -> Machine:
    return run(Machine(), (0.0, StartRequested()))[0]


def ready(at_s: float = 1.0) -> Machine:
    return run(started(), (at_s, ProbePassed()))[0]


def test_start_is_ready_only_when_the_probe_passes() -> None:
    machine, actions = run(Machine(), (0.0, StartRequested()))
    assert (machine.state, actions) == (S.STARTING, [Action.LAUNCH])
    machine, actions = run(machine, (0.5, ProbeFailed("nothing there")), (1.0, ProbePassed()))
    assert (machine.state, machine.reason, actions) == (S.READY, "", [])


def test_an_exit_backs_off_and_launches_again() -> None:
    """faults: P3"""
    machine, actions = run(ready(), (5.0, Exited("killed")))
    assert machine.state is S.BACKOFF
    assert machine.reason == "killed"
    assert machine.deadline_s == pytest.approx(6.0)
    machine, actions = run(machine, (6.0, Tick()))
    assert (machine.state, actions, machine.restarts) == (S.STARTING, [Action.LAUNCH], 1)


def test_five_exits_in_five_minutes_are_final_with_the_reason() -> None:
    """faults: P3, P5; an exit with code 0 arrives as the same event."""
    machine, now_s = started(), 0.0
    for count in range(1, 6):
        now_s += 0.1
        machine, _ = run(machine, (now_s, Exited("it ended by itself with exit code 0")))
        if count < 5:
            assert machine.state is S.BACKOFF
            assert machine.due_s is not None
            now_s = machine.due_s
            machine, actions = run(machine, (now_s, Tick()))
            assert actions == [Action.LAUNCH]
    assert machine.state is S.FAILED
    assert machine.reason == "it ended by itself with exit code 0; it ended 5 times in 5 minutes"
    assert machine.deadline_s is None


def test_rare_exits_after_stable_times_go_on_for_ever() -> None:
    machine, now_s = ready(), 1.0
    for _ in range(50):
        now_s += 120.0
        machine, _ = run(machine, (now_s, Exited("crash")))
        assert machine.state is S.BACKOFF
        assert machine.due_s == pytest.approx(now_s + 1.0), "stable in between: the shortest wait"
        now_s += 2.0
        machine, _ = run(machine, (now_s, Tick()), (now_s, ProbePassed()))


def test_slow_failures_in_a_row_are_final_too() -> None:
    """Ten-minute starts never put five exits into five minutes."""
    machine = Machine(Timing(start_s=600.0))
    machine, _ = run(machine, (0.0, StartRequested()))
    now_s = 0.0
    for _ in range(5):
        now_s += 601.0
        machine, _ = run(machine, (now_s, Tick()), (now_s + 1, Exited("killed")))
        now_s += 120.0
        machine, _ = run(machine, (now_s, Tick()))
    assert machine.state is S.FAILED
    assert "5 tries in a row failed" in machine.reason


def test_never_ready_is_ended_and_counts() -> None:
    """faults: P6"""
    machine, actions = run(started(), (1.0, ProbeFailed("it is loading")), (30.0, Tick()))
    assert actions == [Action.TERMINATE]
    assert machine.state is S.BACKOFF
    assert machine.reason == "not ready within 30 s (it is loading)"
    machine, actions = run(machine, (38.0, Tick()))
    assert actions == [Action.KILL], "it may ignore the polite way"
    machine, actions = run(machine, (38.1, Exited("killed")))
    assert actions == [Action.LAUNCH], "its back-off had already passed"


def test_an_unresponsive_service_is_killed_and_restarted() -> None:
    """faults: P4"""
    machine, actions = run(ready(), (5.0, ProbeFailed("no answer")))
    assert (machine.state, machine.due_s) == (S.DEGRADED, 11.0)
    recovered, _ = run(machine, (7.0, ProbePassed()))
    assert (recovered.state, recovered.due_s, recovered.reason) == (S.READY, None, "")
    assert recovered.ready_since_s == 1.0
    machine, actions = run(machine, (11.0, Tick()))
    assert (machine.state, actions) == (S.BACKOFF, [Action.KILL])
    assert machine.reason == "unresponsive for 6 s (no answer)"


def test_a_fatal_sign_is_not_tried_again() -> None:
    """faults: P11, P16"""
    machine, actions = run(ready(), (5.0, Exited("out of memory", "a smaller model", fatal=True)))
    assert (machine.state, machine.hint, actions) == (S.FAILED, "a smaller model", [])
    machine, actions = run(machine, (9.0, StartRequested()))
    assert (machine.state, actions) == (S.STARTING, [Action.LAUNCH])


def test_a_stop_terminates_then_kills() -> None:
    """faults: P2"""
    machine, actions = run(ready(), (5.0, StopRequested()), (6.0, StopRequested()))
    assert (machine.state, actions) == (S.STOPPING, [Action.TERMINATE])
    machine, actions = run(machine, (13.0, Tick()))
    assert actions == [Action.KILL]
    machine, actions = run(machine, (13.1, Exited("killed")))
    assert (machine.state, machine.deadline_s, actions) == (S.STOPPED, None, [])


def test_a_stop_during_start_and_during_back_off() -> None:
    """faults: P19"""
    machine, actions = run(started(), (0.1, StopRequested()), (0.2, Exited("ended")))
    assert (machine.state, actions) == (S.STOPPED, [Action.TERMINATE])
    machine, actions = run(started(), (0.1, Exited("x")), (0.2, StopRequested()), (9.0, Tick()))
    assert (machine.state, actions) == (S.STOPPED, [])


def test_a_start_while_stopping_follows_the_end() -> None:
    machine, actions = run(
        ready(), (5.0, StopRequested()), (5.1, StartRequested()), (5.2, Exited("ended"))
    )
    assert (machine.state, actions) == (S.STARTING, [Action.TERMINATE, Action.LAUNCH])


def test_an_adopted_service_is_neither_stopped_nor_replaced() -> None:
    """faults: P8, P9"""
    machine, _ = run(started(), (0.1, Adopted()), (0.2, ProbePassed()))
    assert machine.state is S.READY
    lost, actions = run(machine, (5.0, ProbeFailed("nothing listens")), (11.0, Tick()))
    assert (lost.state, actions) == (S.FAILED, [])
    assert lost.reason == "external service lost: nothing listens"
    assert run(lost, (20.0, ProbePassed()))[0].state is S.READY, "it came back by itself"
    assert run(lost, (20.0, StartRequested()))[1] == [Action.LAUNCH], "asked for: our own"
    stopped, actions = run(machine, (5.0, StopRequested()))
    assert (stopped.state, actions) == (S.STOPPED, [])


@given(st.integers(1, 100), st.floats(0, 1, exclude_max=True))
def test_back_off_is_within_bounds(streak: int, draw: float) -> None:
    policy = RestartPolicy()
    wait_s = backoff_s(policy, streak, draw)
    base = min(2.0 ** (streak - 1), 60.0)
    assert base * 0.8 <= wait_s <= base * 1.2


# --- properties over whole histories --------------------------------------------------------------

INPUTS = st.one_of(
    st.sampled_from([StartRequested(), StopRequested(), ProbePassed(), Tick(), Adopted()]),
    st.builds(ProbeFailed, st.just("no")),
    st.builds(Exited, st.just("gone"), fatal=st.booleans()),
)
HISTORY = st.lists(
    st.tuples(st.floats(0.0, 90.0), INPUTS, st.floats(0, 1, exclude_max=True)), max_size=60
)


@given(HISTORY)
def test_no_second_process_and_nothing_waits_for_ever(
    history: list[tuple[float, Input, float]],
) -> None:
    """One process at a time; no launch against the user's will; every wait has an end."""
    machine, now_s, processes, wanted = Machine(), 0.0, 0, False
    for wait_s, event, draw in history:
        now_s += wait_s
        if isinstance(event, Exited):
            if not processes:
                continue
            processes -= 1
        if isinstance(event, Adopted):
            if machine.state is not S.STARTING or not processes or machine.adopted:
                continue
            processes -= 1
        wanted = isinstance(event, StartRequested) or (
            wanted and not isinstance(event, StopRequested)
        )
        before = machine
        machine, actions = step(machine, event, now_s, draw)
        assert Action.LAUNCH not in actions or wanted
        processes += actions.count(Action.LAUNCH)
        assert processes == int(machine.alive) <= 1
        check(machine, before, now_s)


def check(machine: Machine, before: Machine, now_s: float) -> None:
    """What holds after every step: whatever is waited for has an end."""
    state, alive, policy = machine.state, machine.alive, machine.policy
    if state is S.STOPPED:
        assert not alive
        assert machine.deadline_s is None
    if state in (S.STARTING, S.DEGRADED):
        assert machine.due_s is not None
    if state is S.STOPPING:
        assert alive
    if alive and state in (S.STOPPING, S.BACKOFF, S.FAILED):
        assert machine.kill_at_s is not None, "a process that ignores us must be killed"
    if state is S.BACKOFF:
        assert machine.due_s is not None or alive
    if state is S.FAILED and before.state is not S.FAILED:
        assert machine.reason
    if state is S.BACKOFF and machine.due_s is not None:
        recent = [t for t in machine.failures if now_s - t < policy.window_s]
        assert len(recent) < policy.max_failures


@given(HISTORY, st.integers(-1_000_000, 1_000_000))
def test_only_differences_of_time_matter(
    history: list[tuple[float, Input, float]], shift_s: int
) -> None:
    """faults: P18; eighths of seconds and the middle draw are exact in binary."""
    first, second, now_s = Machine(), Machine(), 0.0
    for wait_s, event, _ in history:
        now_s += round(wait_s * 8) / 8
        first, one = step(first, event, now_s)
        second, other = step(second, event, now_s + shift_s)
        assert (one, first.state, first.reason) == (other, second.state, second.reason)
