"""``python -m vibekit`` is the same as ``vibekit``."""

from vibekit.cli.main import main

if __name__ == "__main__":
    main()
