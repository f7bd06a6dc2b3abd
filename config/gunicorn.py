"""Settings of the web server: ``gunicorn --config config/gunicorn.py 'app:create_app()'``."""

from __future__ import annotations

import os

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '5000'}"

# Processes share nothing but the database; threads wait for it, and for PDFs to be laid out.
workers = int(os.environ.get("WEB_CONCURRENCY") or "2")
worker_class = "gthread"
threads = 4

# Every process opens its own connections: none may be inherited from a common parent.
preload_app = False

# A request that takes longer is broken; the longest ones are rosters of a large hospital.
timeout = 60
graceful_timeout = 30
keepalive = 5

# The most that the server allows: it would refuse in words of its own, and the platform does it
# before, in its own words and with the number of the request (``admin_views/lifecycle.py``).
limit_request_line = 8190

# A process is replaced now and then, not all at once, so that leaks in libraries never add up.
max_requests = 10_000
max_requests_jitter = 1_000

# Addresses of requests may hold what somebody typed. The application writes its own log, without
# personal data; the server's tells of starts, stops and crashes.
accesslog = None
errorlog = "-"
loglevel = "info"

# Nothing outside of the process group needs to steer the server.
control_socket_disable = True
