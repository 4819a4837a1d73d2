"""The HTML pages: `/` with totals and health, and `/requests/ID`."""
