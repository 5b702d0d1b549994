"""How the staff are told of what needs them."""

from notifier.actions.alert_staff import AlertPace
from notifier.channels import ChannelError, Channels
from notifier.settings import Settings, SettingsError

CHANNEL_TIMEOUT = 20.0  # seconds; some mail servers keep a stranger waiting


def channels_of(settings: Settings) -> Channels | None:
    """Return the staff's channels; None where there are none. Raises SettingsError for a URL that cannot be used."""
    urls = [url.get_secret_value() for url in settings.alerts.channels]
    try:
        return Channels(urls, CHANNEL_TIMEOUT) if urls else None
    except ChannelError as error:
        raise SettingsError(f"The setting alerts.channels is not right: {error}.") from None


def alert_pace_of(settings: Settings) -> AlertPace:
    """Return how much the staff are told at once, and how often."""
    return AlertPace(settings.alerts.digest_over, settings.alerts.at_most_every)
