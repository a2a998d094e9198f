"""One lab source to notebooks, specs and the student bundle."""
