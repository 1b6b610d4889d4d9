"""What every test may ask for: a database, Redis, a browser; and the guard that keeps tests on this machine."""

pytest_plugins = [
    "support.test_run",
    "support.loopback",
    "support.database",
    "support.redis_server",
    "support.store",
    "support.api_site",
    "support.http_world",
    "support.browser",
    "support.demo_hub",
    "support.desk_pages",
    "support.owner_pages",
    "support.webhook_desk",
]
