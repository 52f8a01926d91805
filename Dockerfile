# Both bases can be replaced, by a mirror for instance: --build-arg BUILDER=... --build-arg RUNTIME=...
# RUNTIME needs CA certificates and time zones, nothing else.
ARG BUILDER=docker.io/library/golang:1.26-bookworm
ARG RUNTIME=gcr.io/distroless/static-debian12:nonroot

FROM ${BUILDER} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG REVISION=unknown
ARG DATE=unknown
RUN mkdir -p /out/data \
 && pkg=github.com/prometheus/common/version \
 && CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X ${pkg}.Version=${VERSION} -X ${pkg}.Revision=${REVISION} -X ${pkg}.BuildDate=${DATE}" \
      -o /out/waitgraph ./cmd/waitgraph

FROM ${RUNTIME}
ARG VERSION=dev
ARG REVISION=unknown
ARG DATE=unknown
LABEL org.opencontainers.image.title="waitgraph" \
      org.opencontainers.image.description="Tells who is waiting for whom, across trackers" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/waitgraph/waitgraph" \
      org.opencontainers.image.documentation="https://github.com/waitgraph/waitgraph/blob/main/README.md" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${DATE}"
COPY --from=build /out/waitgraph /usr/local/bin/waitgraph
COPY --from=build --chown=65532:65532 /out/data /var/lib/waitgraph
# Only the volume is written to: the root file system can be read-only.
ENV SQLITE_TMPDIR=/var/lib/waitgraph
USER 65532:65532
WORKDIR /var/lib/waitgraph
VOLUME /var/lib/waitgraph
EXPOSE 9797
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s --retries=3 \
  CMD ["/usr/local/bin/waitgraph", "health", "--web.url=http://127.0.0.1:9797"]
ENTRYPOINT ["/usr/local/bin/waitgraph"]
CMD ["run", "--config.file=/etc/waitgraph/waitgraph.yml", "--storage=sqlite:///var/lib/waitgraph/waitgraph.db"]
