"""The gateway: REST, WebSocket and pages over the topics and the store."""
