"""The command line: options, output, exit codes. Nothing else knows typer and rich."""
