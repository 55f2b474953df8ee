"""The embedded ClickHouse: one process that owns a chDB folder and speaks ClickHouse's HTTP interface on loopback."""
