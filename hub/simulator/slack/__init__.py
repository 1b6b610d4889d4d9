"""A simulated Slack: one workspace, its app, its people, the Web API and the Events API."""
