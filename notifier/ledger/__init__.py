"""The durable record of messages and of everything that happened to them; the only room that knows a database."""
