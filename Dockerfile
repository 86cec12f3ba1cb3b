# Postchi's node. Build: docker build -t postchi .   Run: see compose.yaml and docs/operations.md.
# The full image: it has the compiler SQLite's binding needs where no built one can be fetched.
FROM node:22-bookworm AS build
WORKDIR /app
# The lock file alone first: dependencies are built again only when it changes.
COPY package.json package-lock.json ./
# Node's headers are in the image: compiling needs nothing from elsewhere.
RUN npm_config_nodedir=/usr/local npm ci --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
# Python runs yt-dlp, python3-av makes thumbnails without starting ffmpeg, tini takes in the processes that outlive their parents.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates ffmpeg python3 python3-av tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data LOG_FORMAT=json
# yt-dlp is fetched at the first start and stays in the volume: it is updated more often than the image.
RUN install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["node", "dist/node.js", "status"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "node", "--enable-source-maps", "dist/node.js"]
