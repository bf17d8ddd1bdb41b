# One static binary and nothing else: no shell, no packages, not root.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ENV CGO_ENABLED=0 GOFLAGS=-trimpath
RUN go build -tags=nomsgpack -ldflags="-s -w -X main.version=${VERSION}" -o /out/passmuster ./cmd/passmuster \
 && install -d -m 0700 -o 65532 -g 65532 /out/data /out/tmp

FROM scratch
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
COPY --from=build /out/passmuster /passmuster
USER 65532:65532
ENV PASSMUSTER_DATA=/data PASSMUSTER_ADDR=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/passmuster"]
CMD ["serve"]
