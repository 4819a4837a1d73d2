"""Tell the log what reading a partition passes over."""

from ...logs import get
from .start import Start

log = get(__name__)


def tell(begun: Start, source: str) -> None:
    """Warn of what was passed over where a partition's reading begins, if anything was."""
    skip, topic = begun.skip, begun.at.topic
    if skip is None:
        return
    if skip.is_reset:
        log.warning(
            "a topic was made anew or lost its end: it is read from its beginning",
            source=source,
            topic=topic,
            partition=skip.partition,
            offset=begun.at.offset,
            remedy="nothing counts twice that has an id; see docs/kafka.md",
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
