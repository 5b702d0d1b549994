"""From schedule files to what they mean, with every mistake at its line and column."""
