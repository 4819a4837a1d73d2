FROM python:3.11.14-slim-bookworm AS build
# Shown by `zenmux-exporter --version`: there is no git in the build context.
ARG REVISION
ARG BRANCH
ARG SOURCE_DATE_EPOCH
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
# Install dependencies first, as they rarely change: pinned versions, verified by their hashes.
COPY requirements.lock ./
RUN python -m venv /opt/exporter \
    && /opt/exporter/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml setup.py README.md LICENSE ./
COPY exporter exporter
RUN BUILD_REVISION="$REVISION" BUILD_BRANCH="$BRANCH" \
    /opt/exporter/bin/pip install --no-cache-dir --no-deps . \
    && /opt/exporter/bin/pip uninstall --yes pip

FROM python:3.11.14-slim-bookworm
ARG VERSION=0.2.0
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="zenmux-exporter" \
    org.opencontainers.image.description="Prometheus exporter for ZenMux" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.source="https://github.com/zenmux/zenmux-exporter" \
    org.opencontainers.image.documentation="https://github.com/zenmux/zenmux-exporter/tree/main/docs" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION" \
    org.opencontainers.image.created="$CREATED"
RUN groupadd --system --gid 10001 exporter \
    && useradd --system --uid 10001 --gid 10001 --no-create-home exporter \
    && install -d -o exporter -g exporter -m 0700 /var/lib/zenmux-exporter
COPY --from=build /opt/exporter /opt/exporter
COPY LICENSE /usr/share/doc/zenmux-exporter/LICENSE
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ZENMUX_EXPORTER_WEB_LISTEN_ADDRESS=0.0.0.0:10464 \
    XDG_STATE_HOME=/var/lib
USER 10001:10001
EXPOSE 10464
# Works with and without TLS; 401 counts as healthy, too (docs/web.md).
HEALTHCHECK --interval=15s --timeout=10s --start-period=20s --retries=3 \
    CMD ["/opt/exporter/bin/python", "-m", "exporter.probe"]
ENTRYPOINT ["/opt/exporter/bin/zenmux-exporter"]
CMD ["run"]
