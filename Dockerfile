FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY pyproject.toml setup.py README.md ./
COPY exporter exporter
RUN python -m venv /opt/exporter && /opt/exporter/bin/pip install --no-cache-dir ".[kafka]"

FROM python:3.11.14-slim-bookworm
RUN groupadd --system --gid 10001 exporter \
    && useradd --system --uid 10001 --gid 10001 --no-create-home exporter \
    && install -d -o exporter -g exporter /var/lib/zenmux-exporter
COPY --from=build /opt/exporter /opt/exporter
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ZENMUX_EXPORTER_WEB_LISTEN_ADDRESS=0.0.0.0:10464 \
    XDG_STATE_HOME=/var/lib
USER 10001:10001
EXPOSE 10464
# Plain HTTP: with TLS a container needs a check of its own (docs/web.md). 401: it has users.
# http.client, because urlopen would send even this request through a configured proxy.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["/opt/exporter/bin/python", "-c", "import http.client, os, sys; port = os.environ['ZENMUX_EXPORTER_WEB_LISTEN_ADDRESS'].rpartition(':')[2]; link = http.client.HTTPConnection('127.0.0.1', int(port), timeout=4); link.request('GET', '/-/healthy'); sys.exit(link.getresponse().status not in (200, 401))"]
ENTRYPOINT ["/opt/exporter/bin/zenmux-exporter"]
CMD ["run"]
