"""Tools at the rim: plugins, the client of the business system, and what stands between them and the topics."""
