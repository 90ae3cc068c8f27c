# syntax=docker/dockerfile:1
FROM node:26-slim AS build
WORKDIR /certhop
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY rolldown.config.ts tsconfig.json ./
COPY bin bin
COPY src src
COPY web web
RUN npm run build && mkdir -m 700 state

FROM node:26-slim
ENV NODE_ENV=production NODE_DISABLE_COMPILE_CACHE=1 XDG_STATE_HOME=/state
WORKDIR /certhop
COPY LICENSE package.json ./
COPY bin bin
# All packages are in it, and Node is in the image.
COPY --from=build /certhop/dist dist
COPY --from=build /certhop/dist-web dist-web
COPY --from=build --chown=node:node /certhop/state /state
# The local authority is all that is written, so a read-only root works. Mount the volume to keep the authority, and to
# show /state/certhop/ca.pem to runners; mount the settings, the registry and its files as well.
VOLUME /state
USER node
EXPOSE 8128
STOPSIGNAL SIGTERM
# certhop listens on loopback only, so it shares the network of the runner it serves (a pod, or --network container:…).
# A request that names no host gets a 400 from a proxy that is alive.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "require('node:http').get('http://127.0.0.1:8128/', answer => process.exit(answer.statusCode === 400 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["node", "bin/certhop.js"]
CMD ["serve", "--config", "/etc/certhop/certhop.yaml"]
