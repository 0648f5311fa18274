# Try the project without installing it on your machine; docs/container.md says how.
# Python is the version that the committed results were made with; node brings npm.
FROM node:22-bookworm-slim AS node

FROM python:3.11-slim-bookworm AS tools
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --shell /bin/bash reader \
    && install --directory --owner reader --group reader /crossmodal
USER reader
WORKDIR /crossmodal

# .devcontainer stops above: there the project lies on your machine.
FROM tools
COPY --chown=reader:reader . .
RUN make .venv/.flow && rm -rf ~/.cache
CMD ["bash"]
