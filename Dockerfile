# docker build -t iamsim . && docker run --rm --read-only --network none -v "$PWD:/repo:ro" iamsim check …
FROM python:3.13-slim AS build

WORKDIR /source
RUN python -m venv /opt/iamsim
COPY requirements/run.txt requirements/run.txt
RUN /opt/iamsim/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: --requirement requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY docs/man docs/man
COPY iamsim iamsim
# pip compiles what it installs: a read-only container could not keep bytecode of its own.
RUN /opt/iamsim/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps . \
    && /opt/iamsim/bin/pip uninstall --yes --quiet pip

FROM python:3.13-slim

COPY --from=build /opt/iamsim /opt/iamsim
ENV PATH=/opt/iamsim/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/nonexistent
# By number, so that a cluster can see that it is not root.
USER 65532:65532
WORKDIR /repo
ENTRYPOINT ["iamsim"]
CMD ["--help"]
