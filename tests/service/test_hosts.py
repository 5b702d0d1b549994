"""Several services on one PostgreSQL ledger, as processes that are killed, cut off and have different files."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.core.lifecycle import State
from notifier.gateway.faults import Slow
from tests.fakes.postgres import Postgres
from tests.fakes.provider import running_provider
from tests.service.cluster import Cluster, a_wire
from tests.service.rig import until

WAITS = "the change waits for a person: notifier changes --accept"
TAKES_OVER_WITHIN = 10.0  # seconds, from the death of the host that planned


@pytest.fixture
def cluster(tmp_path: Path, postgres: Postgres) -> Iterator[Cluster]:
    with running_provider() as provider:
        cluster = Cluster(tmp_path, postgres.empty_ledger(), provider)
        yield cluster
        for host in cluster.hosts:
            host.end()


def test_two_hosts_send_every_text_once_and_both_have_their_part(cluster: Cluster) -> None:
    one, other = cluster.host("one"), cluster.host("other")
    for host in (one, other):
        host.settings |= {"DISPATCH__CONCURRENCY": 4, "DISPATCH__RATE": 60}
    cluster.have_due(100)
    one.start()
    other.start()
    cluster.wait_until_all_went()
    until(lambda: cluster.states == {State.ACCEPTED: 100}, "all outcomes")
    parts = [len(host.events("accepted")) for host in (one, other)]
    assert sum(parts) == 100
    assert min(parts) > 10
    for host in (one, other):
        host.stop()


def test_all_hosts_together_keep_to_the_rate(cluster: Cluster) -> None:
    for name in ("one", "other"):
        cluster.host(name).settings["DISPATCH__RATE"] = 10
    cluster.have_due(40)
    for host in cluster.hosts:
        host.start()
    cluster.wait_until_all_went()
    times = sorted(message.date_created for message in cluster.provider.messages)
    assert (times[-1] - times[0]).total_seconds() >= 39 // 10  # the provider tells whole seconds


def test_what_a_killed_host_had_under_way_is_settled_by_another_and_goes_once(cluster: Cluster) -> None:
    one, other = cluster.host("one"), cluster.host("other")
    for host in (one, other):
        host.settings |= {"TWILIO__TIMEOUT": 1, "DISPATCH__LEASE": 31, "DISPATCH__SETTLE_AFTER": 2}
    cluster.have_due(60)
    cluster.provider.misbehave(*[Slow(0.8)] * 60)
    one.start()
    until(lambda: cluster.states[State.CLAIMED], "texts under way")
    one.kill()
    left = cluster.states[State.CLAIMED]
    assert left
    other.start_ready()
    until(lambda: cluster.states[State.PLANNED] == 0, "the rest to go")
    assert cluster.states[State.CLAIMED] >= left  # nobody touches them while their lease holds
    cluster.end_leases()
    cluster.wait_until_all_went()
    until(lambda: not cluster.open, "doubt to be settled", patience=40)
    assert cluster.sent == cluster.expected


def test_another_host_plans_within_ten_seconds_of_the_planners_death(cluster: Cluster) -> None:
    one, other = cluster.host("one"), cluster.host("other")
    one.start_ready()
    other.start_ready()
    assert cluster.leader == "one"
    assert other.events("this host plans") == []
    begun = time.monotonic()
    one.kill()
    other.wait_for("this host plans")
    assert time.monotonic() - begun < TAKES_OVER_WITHIN
    cluster.add_patients(other, 1, 1, "new.yaml", cluster.minute + timedelta(days=1))
    until(lambda: cluster.states[State.PLANNED] == 1, "a text that only the new planner can know")


def test_a_stopped_host_hands_the_planning_over(cluster: Cluster) -> None:
    one, other = cluster.host("one"), cluster.host("other")
    one.start_ready()
    other.start_ready()
    one.stop()
    other.wait_for("this host plans", patience=3)


def test_a_host_that_is_cut_off_from_the_database_comes_back_and_nothing_is_doubled(cluster: Cluster) -> None:
    with a_wire(cluster.url) as (wire, url):
        one, other = cluster.host("one", url), cluster.host("other")
        for host in (one, other):
            host.settings |= {"DISPATCH__RATE": 20}
        one.start_ready()
        other.start_ready()
        cluster.have_due(60)
        until(lambda: len(cluster.sent) > 5, "the first texts")
        wire.cut()
        other.wait_for("this host plans", patience=TAKES_OVER_WITHIN)
        one.wait_for("the line to the ledger is lost")
        wire.mend()
        until(lambda: cluster.states[State.PLANNED] == 0, "all texts to go", patience=40)
        until(
            lambda: cluster.states[State.CLAIMED] + cluster.states[State.IN_DOUBT] == 0, "their outcomes", patience=40
        )
        assert cluster.sent == cluster.expected
        cluster.have_due(10, first=60)
        cluster.wait_until_all_went()


def test_a_host_with_other_files_says_so_and_changes_nothing_when_it_comes_to_plan(cluster: Cluster) -> None:
    one, other = cluster.host("one"), cluster.host("other")
    tomorrow = cluster.minute + timedelta(days=1)
    cluster.add_patients(other, 7, 1, "old.yaml", tomorrow)
    cluster.add_patients(one, 1, 2, "new.yaml", tomorrow)
    one.start_ready()
    other.start()
    [waits] = other.wait_for(WAITS)
    assert "The files on other are not those in force, which came from one" in str(waits)
    assert other.notifier("status").returncode == 1
    one.kill()
    other.wait_for("this host plans")
    other.wait_for(WAITS)
    assert cluster.bookings == {"P-1", "P-2"}
    shown, accepted = other.notifier("changes"), other.notifier("changes", "--accept")
    assert (shown.returncode, accepted.returncode) == (1, 0)
    assert cluster.bookings == {"P-7"}
    one.start()
    [waits] = one.wait_for(WAITS)
    assert "The files on one are not those in force, which came from other" in str(waits)


def test_a_change_that_reaches_the_hosts_one_after_the_other_is_applied_by_whichever_plans(cluster: Cluster) -> None:
    one, other = cluster.host("one"), cluster.host("other")
    one.start_ready()
    other.start_ready()
    cluster.add_patients(other, 1, 1, "new.yaml", cluster.minute + timedelta(days=1))
    [waits] = other.wait_for(WAITS)
    newer = "The files on other are newer than those in force"
    assert newer in str(waits)
    told = other.notifier("status")
    assert (told.returncode, newer in told.stdout) == (1, True)
    assert one.notifier("status").returncode == 0
    one.kill()
    until(lambda: cluster.bookings == {"P-1"}, "the change to be applied")
