# One image for the four services and the command line; the command says which:
#   docker run … signalbox:local dist/apps/indexer/src/main.js

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package runs a script of its own here. So the package "node", which is for machines with an older Node.js,
# stays an empty shell: keep node_modules/.bin (and thereby `npm run`) out of the PATH of this file.
RUN npm ci --ignore-scripts
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
