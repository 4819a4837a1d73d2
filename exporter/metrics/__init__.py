"""The content of scrapes: published totals, their text, and the series a scraper has seen."""
