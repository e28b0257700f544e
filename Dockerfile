# One image for the four services; the command says which:
#   docker run … signalbox dist/apps/indexer/src/main.js

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The package "node" is for machines with an older Node.js; here the image brings it.
RUN npm ci --ignore-scripts
COPY tsconfig.base.json tsconfig.build.json nest-cli.json ./
COPY libs ./libs
COPY apps ./apps
RUN node_modules/.bin/tsc -p tsconfig.build.json && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
# The init process reaps what plugins leave behind.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini openssh-client \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
ENTRYPOINT ["/usr/bin/tini", "--", "node", "--enable-source-maps"]
CMD ["dist/apps/status/src/main.js"]
