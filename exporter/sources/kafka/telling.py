"""Log the messages that reading a partition skips."""

from ...logs import get
from .start import Start

log = get(__name__)


def tell(begun: Start, source: str) -> None:
    """Warn of messages that were skipped where reading a partition begins, if any."""
    skip, topic = begun.skip, begun.at.topic
    if skip is None:
        return
    if skip.is_reset:
        log.warning(
            "a topic was recreated or lost its end: it is read from its beginning",
            source=source,
            topic=topic,
            partition=skip.partition,
            offset=begun.at.offset,
            remedy="records with ids don't count twice; see docs/kafka.md",
            always=True,
        )
    else:
        log.warning(
            "messages were removed before they were read: they are not counted",
            source=source,
            topic=topic,
            partition=skip.partition,
            messages=skip.messages,
            offset=begun.at.offset,
            remedy="raise the topic's retention above the longest time without the exporter",
            always=True,
        )
