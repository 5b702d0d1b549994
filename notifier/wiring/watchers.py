"""By what machines watch the service."""

from importlib.metadata import version

from notifier.heartbeat import Heartbeat
from notifier.metrics import Metrics
from notifier.settings import Settings


def metrics_of(settings: Settings) -> Metrics:
    """Return what counts and measures, with what of the settings may be seen."""
    return Metrics(
        version("notifier"),
        {
            "transport": settings.transport,
            "ledger": settings.ledger.partition(":")[0].partition("+")[0],
            "hooks": "open" if settings.hooks.model_fields_set else "closed",
            "heartbeat": "on" if settings.heartbeat.url else "off",
        },
    )


def heartbeat_of(settings: Settings) -> Heartbeat | None:
    """Return the watcher to be told that all is well; None where no setting names one."""
    url = settings.heartbeat.url
    return None if url is None else Heartbeat(url.get_secret_value())
