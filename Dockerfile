# One image for the four services and the command line; the command says which:
#   docker run … signalbox:local dist/apps/indexer/src/main.js

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Not `npm ci`: it refuses a lock file without the packages for every other platform, which not every registry has.
# No package runs a script of its own; so the package "node" stays empty, and the image's Node.js is the only one.
RUN npm install --no-save --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json tsconfig.build.json ./
COPY libs ./libs
COPY apps ./apps
RUN node_modules/.bin/tsc -p tsconfig.build.json && npm prune --omit=dev --ignore-scripts

FROM node:24-trixie-slim
# tini passes signals on and reaps the processes that plugins leave behind.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini openssh-client \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The user "node", by its number: Kubernetes (runAsNonRoot) refuses a name.
USER 1000:1000
ENTRYPOINT ["/usr/bin/tini", "--", "node", "--enable-source-maps"]
CMD ["dist/apps/status/src/main.js"]
