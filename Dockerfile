# The image: one program, the certificates it trusts, and the licences of what it is made of. No shell, no libc, no
# package manager: `headcount healthcheck` is there so that nothing else has to be.
#
#   docker build -t headcount .
#   docker buildx build --platform linux/amd64,linux/arm64 -t headcount .
#
# The last stage is all that is shipped; it needs nothing but the folder /root-of-image that the first one leaves.

FROM docker.io/library/rust:1.95-bookworm AS build
WORKDIR /source
# The commit, which `headcount --version` names: --build-arg REVISION="$(git rev-parse HEAD)".
ARG REVISION=unknown
COPY . .
# Static, for the GNU target, whichever this platform's is. Naming the target keeps the flag away from build scripts and
# procedural macros, which cannot be linked that way.
RUN set -eu; \
    target=$(rustc -vV | sed -n 's/^host: //p'); \
    SOURCE_REVISION=$REVISION RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --bin headcount --target "$target"; \
    image/assemble "target/$target/release/headcount" /root-of-image

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="headcount" \
      org.opencontainers.image.description="Reports usage counts of a face-recognition service over OTLP" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /root-of-image/files/ /
# The one place that is written to. Its rights are the image's, so that a new volume gets them.
COPY --from=build --chown=65532:65532 /root-of-image/state/ /var/lib/
VOLUME ["/var/lib/headcount"]
USER 65532:65532
ENTRYPOINT ["/headcount"]
CMD ["run"]
