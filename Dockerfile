# Small, non-root; data in a volume; the worker and the endpoint as its command.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY mailsync mailsync
COPY crm crm
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app mailsync && mkdir -p /app/data && chown mailsync /app/data
COPY --from=build /venv /venv
COPY config.toml /app/config.toml
WORKDIR /app
USER mailsync
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
VOLUME /app/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health/live', timeout=4)"]
ENTRYPOINT ["mailsync"]
CMD ["run"]
