"""No window ever holds more calls than the limit, whoever asks, and no lane waits for ever (I14)."""

import subprocess
import sys
import threading
import time

import pytest
import redis

from hub.connector.manifest import Limit
from hub.errors import RateLimited
from hub.queue.budget import RedisBudget, in_lane
from hub.queue.client import connect
from hub.sync.tasks import LANE_BACKFILL, LANE_PERSON

_SPENDER = """
import sys, time
from hub.connector.manifest import Limit
from hub.errors import RateLimited
from hub.queue.budget import RedisBudget
from hub.queue.client import connect
url, calls, per_s, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
budget = RedisBudget(connect(url), 1, limits=[Limit(calls=calls, per_s=per_s)])
print("ready", flush=True)
sys.stdin.readline()
end = time.time() + seconds
while time.time() < end:
    try:
        budget.take("save")
    except RateLimited:
        continue
    print(time.time(), flush=True)
"""


def budget(client: redis.Redis, *limits: Limit, patience_s: float = 0.0, connection_id: int = 1) -> RedisBudget:
    return RedisBudget(client, connection_id, limits=limits, patience_s=patience_s)


def most_in_a_window(moments: list[float], window: float) -> int:
    moments = sorted(moments)
    return max(sum(start <= one < start + window for one in moments) for start in moments)


def test_two_processes_share_one_budget(redis_url: str) -> None:
    calls, per_s, seconds = 20, 0.5, 2.0
    command = [sys.executable, "-c", _SPENDER, redis_url, str(calls), str(per_s), str(seconds)]
    spenders = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for spender in spenders:
        assert spender.stdout is not None and spender.stdout.readline() == "ready\n"
    printed = [spender.communicate("go\n", timeout=30)[0] for spender in _started_together(spenders)]
    moments = [[float(line) for line in text.split()] for text in printed]
    both = [*moments[0], *moments[1]]
    # Permits are noted by the spender a moment after they were given: a little less than the window must hold them.
    assert most_in_a_window(both, per_s * 0.9) <= calls
    assert len(both) >= calls * (seconds / per_s - 1) * 0.7  # and the budget is used
    assert all(moments)


def _started_together(spenders: list["subprocess.Popen[str]"]) -> list["subprocess.Popen[str]"]:
    for spender in spenders:
        assert spender.stdin is not None
        spender.stdin.write("go\n")
        spender.stdin.flush()
    return spenders


def test_past_the_limit_the_caller_is_told_when_to_come_back(client: redis.Redis) -> None:
    small = budget(client, Limit(calls=3, per_s=30))
    for _ in range(3):
        small.take("query")
    with pytest.raises(RateLimited, match="调用额度已用完") as caught:
        small.take("query")
    assert 20 < caught.value.after <= 33


def test_a_short_wait_is_waited(client: redis.Redis) -> None:
    small = budget(client, Limit(calls=1, per_s=0.2), patience_s=2)
    begun = time.monotonic()
    small.take("query")
    small.take("query")
    assert 0.19 < time.monotonic() - begun < 1.5


def test_limits_hold_for_the_operations_they_name(client: redis.Redis) -> None:
    mixed = budget(client, Limit(calls=1, per_s=30, operation="save"), Limit(calls=3, per_s=30))
    mixed.take("save.customer")
    with pytest.raises(RateLimited):
        mixed.take("save.order")
    mixed.take("query")
    mixed.take("query")
    with pytest.raises(RateLimited):
        mixed.take("query")


def test_a_refused_call_costs_no_other_limit(client: redis.Redis) -> None:
    mixed = budget(client, Limit(calls=1, per_s=30, operation="save"), Limit(calls=2, per_s=30))
    mixed.take("save")
    with pytest.raises(RateLimited):
        mixed.take("save")
    mixed.take("query")


def test_connections_do_not_share(client: redis.Redis) -> None:
    budget(client, Limit(calls=1, per_s=30)).take("x")
    budget(client, Limit(calls=1, per_s=30), connection_id=2).take("x")


def test_without_limits_redis_is_not_asked() -> None:
    RedisBudget(connect("redis://127.0.0.1:1/0"), 1, limits=[]).take("x")


def test_without_redis_the_call_is_put_off(client: redis.Redis) -> None:
    away = RedisBudget(connect("redis://127.0.0.1:1/0"), 1, limits=[Limit(calls=1, per_s=1)])
    with pytest.raises(RateLimited, match="Redis does not answer"):
        away.take("x")


def test_a_lane_that_is_alone_may_use_everything(client: redis.Redis) -> None:
    whole = budget(client, Limit(calls=10, per_s=30))
    with in_lane(LANE_BACKFILL):
        for _ in range(10):
            whole.take("x")


def test_a_flooding_lane_leaves_its_share_to_another(client: redis.Redis) -> None:
    shared = budget(client, Limit(calls=12, per_s=30))
    with in_lane(LANE_PERSON):
        shared.take("x")
    taken = 0
    with in_lane(LANE_BACKFILL), pytest.raises(RateLimited):
        while True:
            shared.take("x")
            taken += 1
    assert taken == 12 - 4  # the person's lane keeps a third of the window, one of it used
    with in_lane(LANE_PERSON):
        for _ in range(3):
            shared.take("x")


def test_a_person_gets_through_a_backfill_that_never_stops(client: redis.Redis) -> None:
    stop = threading.Event()
    shared = budget(client, Limit(calls=10, per_s=0.3), patience_s=5)

    def flood() -> None:
        with in_lane(LANE_BACKFILL):
            while not stop.is_set():
                shared.take("x")

    flooders = [threading.Thread(target=flood) for _ in range(4)]
    for thread in flooders:
        thread.start()
    begun = time.monotonic()
    with in_lane(LANE_PERSON):
        for _ in range(9):
            shared.take("x")
    waited = time.monotonic() - begun
    stop.set()
    for thread in flooders:
        thread.join()
    assert waited < 6  # a third of each window is theirs: nine calls need about four windows


def test_a_backfill_leaves_a_tenth_of_a_daily_quota(client: redis.Redis) -> None:
    daily = budget(client, Limit(calls=20, per_s=86400))
    with in_lane(LANE_BACKFILL):
        for _ in range(18):
            daily.take("x")
        with pytest.raises(RateLimited):
            daily.take("x")
    daily.take("x")


def test_what_redis_keeps_stays_small(client: redis.Redis) -> None:
    fast = budget(client, Limit(calls=1000, per_s=0.2), patience_s=2)
    begun = time.monotonic()
    while time.monotonic() - begun < 0.6:
        fast.take("x")
    assert client.hlen("hub:budget:1:/0.2") <= 25
    assert client.pttl("hub:budget:1:/0.2") > 0
