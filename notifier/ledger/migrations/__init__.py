"""How the ledger's schema came about, one file a step."""
