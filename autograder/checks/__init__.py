"""The labs' checks: plain pytest files. Public ones travel with the student bundle, hidden ones never do."""
