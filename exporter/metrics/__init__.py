"""What a scrape shows: published totals, their text, and which series a scraper has seen."""
