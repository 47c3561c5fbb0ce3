"""Logs for people or machines, and metrics for Prometheus."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from rowlock.service.services import Services

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """What is counted while it happens; what merely stands somewhere is read when asked for."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = self._counter("events", "events committed to the journal, by kind", "kind")
        self._refusals = self._counter("refusals", "commands refused, by code", "code")
        self._failures = self._counter("storage_failures", "batches that were not committed", None)
        self._seconds = Histogram("rowlock_commit_seconds", "time of a batch", buckets=SECONDS, registry=self.registry)
        self._sizes = Histogram("rowlock_batch_size", "commands in a batch", buckets=SIZES, registry=self.registry)
        self._kinds: dict[str, Any] = {}

    def committed(self, commands: int, kinds: Mapping[str, int], seconds: float) -> None:
        """A batch was committed."""
        for kind, count in kinds.items():
            counter = self._kinds.get(kind)
            if counter is None:
                counter = self._kinds[kind] = self._events.labels(kind)
            counter.inc(count)
        self._seconds.observe(seconds)
        self._sizes.observe(commands)

    def refused(self, code: str) -> None:
        """A command was refused."""
        self._refusals.labels(code).inc()

    def failed(self) -> None:
        """A batch could not be committed."""
        self._failures.inc()

    def watch(self, services: Services, sockets: Any, jobs: Any) -> None:
        """Read what stands somewhere from the services at each scrape."""
        readings = {
            "journal_position": ("last position of the journal", lambda: services.editor.sheet.position),
            "file_position": ("position that the file holds", lambda: services.materializer.position),
            "published_position": ("position that the sockets were sent", lambda: services.publisher.position),
            "queue_depth": ("commands that wait for their batch", lambda: services.editor.waiting),
            "rows": ("rows of the table", lambda: services.editor.sheet.total),
            "sockets": ("sockets that have joined", lambda: sockets.count),
            "sockets_dropped": ("sockets dropped since they did not read", lambda: sockets.dropped),
            "socket_queue_depth": ("messages that wait in the longest queue", lambda: sockets.broadcaster.queued()),
            "socket_writes": ("times a socket was sent to at once", lambda: sockets.broadcaster.written),
            "socket_enqueues": ("times a socket was sent to by its queue", lambda: sockets.broadcaster.enqueued),
            "ticks": ("runs of the number generator", lambda: jobs.ticks),
            "ticks_missed": ("intervals without a number", lambda: services.numbers.missed),
            "seconds_since_tick": ("time since the number generator ran", lambda: jobs.seconds_since_tick),
            "job_failures": ("runs of jobs that failed", lambda: jobs.failures),
            "file_publishes": ("times the file was written", lambda: services.materializer.publishes),
        }
        for name, (text, read) in readings.items():
            Gauge(f"rowlock_{name}", text, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, label: str | None) -> Counter:
        return Counter(f"rowlock_{name}", text, [label] if label else [], registry=self.registry)


def set_up_logging(level: str, *, as_json: bool) -> None:
    """Send all logs to standard error, as text for people or as JSON lines, control characters escaped."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    shared: list[Any] = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, stamp]
    processors = [_escape_controls, structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        processors.append(structlog.processors.format_exc_info)
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*processors, renderer])
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("apscheduler", "alembic", "engineio", "socketio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _escape_controls(_logger: Any, _method: str, event: Any) -> Any:
    """Nobody may forge a line or paint the terminal through a name that is logged."""
    text = str(event.get("event", ""))
    event["event"] = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return event
