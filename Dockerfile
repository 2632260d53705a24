# syntax=docker/dockerfile:1
# The emulator as one static binary in an empty image.

FROM rust:1.95-alpine AS build
# Headers and start files: for the linker, and for the C in ring, which the client needs.
RUN apk add --no-cache musl-dev
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY emulator emulator
COPY client client
COPY conformance conformance
ARG PACKAGE=pinpoint-emulator
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked -p "$PACKAGE" \
    && cp "target/release/$PACKAGE" /program

# The client and the conformance suite: `--target tool --build-arg PACKAGE=pinpoint-export`.
FROM alpine:3.22 AS tool
COPY --from=build /program /usr/local/bin/program
RUN mkdir /exports && chown 65532:65532 /exports
USER 65532:65532
WORKDIR /exports
ENTRYPOINT ["/usr/local/bin/program"]

FROM scratch AS emulator
COPY --from=build /program /pinpoint-emulator
USER 65532:65532
ENV PINPOINT_EMULATOR_LISTEN=0.0.0.0:4566
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=6s --start-period=2s CMD ["/pinpoint-emulator", "health"]
ENTRYPOINT ["/pinpoint-emulator"]
