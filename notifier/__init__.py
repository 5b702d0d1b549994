"""Plans, keeps, sends and proves the texts that a clinic's patients need around a procedure."""
