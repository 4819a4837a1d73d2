"""Write TSDB blocks, Prometheus's own format, without Prometheus."""
