"""The pages for people: `/`, what was counted and how the exporter is, and `/requests/ID`."""
