# Voltaro without a compiler, without pip and without root. How to run it: docs/operate/docker.md
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/voltaro
COPY requirements.txt ./
RUN pip --python /opt/voltaro/bin/python install --no-cache-dir --no-compile -r requirements.txt
COPY pyproject.toml hatch_build.py README.md LICENSE THIRD_PARTY_NOTICES.md ./
COPY tools/build_console.py tools/
COPY web web
COPY src src
RUN pip --python /opt/voltaro/bin/python install --no-cache-dir --no-compile --no-deps .

FROM python:3.11-slim
# PostgreSQL looks its user up by name, so that it must be in /etc/passwd.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/voltaro --shell /usr/sbin/nologin voltaro
RUN install -d -o voltaro -g voltaro -m 700 /var/lib/voltaro
COPY --from=build /opt/voltaro /opt/voltaro
ENV PATH=/opt/voltaro/bin:$PATH VOLTARO_DATA_DIR=/var/lib/voltaro VOLTARO_LOG_FORMAT=json PYTHONDONTWRITEBYTECODE=1
USER voltaro
WORKDIR /var/lib/voltaro
VOLUME /var/lib/voltaro
EXPOSE 9000 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
CMD ["voltaro", "serve"]
