"""Figures for Prometheus, read from the database and the broker when they are asked for."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest

from hub.errors import HubError
from hub.setup.needs import Runtime
from hub.store import connections, events, inbox, records, runs


def scrape(runtime: Runtime) -> bytes:
    """The text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(runtime))
    return generate_latest(registry)


class _Figures:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        with self._runtime.db.read() as tx:
            yield _gauge("hub_records", "Live golden records", "entity", records.counts_by_entity(tx))
            yield _gauge("hub_inbox_open", "Items that wait for a person", "kind", inbox.count_open(tx))
            due = connections.due_counts(tx, self._runtime.now())
            yield _gauge("hub_bindings_due", "Records that wait to be pushed", "connection", due)
            later = connections.later_counts(tx, self._runtime.now())
            yield _gauge("hub_bindings_later", "Records that are tried again later (backoff)", "connection", later)
            rereads = connections.reread_counts(tx)
            yield _gauge("hub_rereads_waiting", "Records that wait to be read again", "connection", rereads)
            yield _gauge("hub_intents_open", "Writes whose outcome is not known yet", "state", runs.count_intents(tx))
            paused = dict.fromkeys(connections.paused_names(tx), 1)
            yield _gauge("hub_connection_paused", "Connections that are paused", "connection", paused)
            flowing = events.events_flowing(tx)
            yield _gauge("hub_connection_events", "1 = a vendor's events arrive, 0 = trouble", "connection", flowing)
            yield _gauge(
                "hub_runs_last_day", "Runs of the last 24 hours", "state", runs.count_recent(tx, self._runtime.now())
            )
            yield _gauge(
                "hub_webhooks_waiting", "Webhook deliveries not looked at yet", "state", runs.count_inbound(tx)
            )
        yield _gauge("hub_queue_messages", "Messages that wait for a worker", "queue", self._depths())

    def _depths(self) -> Mapping[str, int]:
        try:
            return self._runtime.queue_depths()
        except HubError:
            return {}  # the broker is away: its absence shows in /readyz, the other figures still count


def _gauge(name: str, text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
