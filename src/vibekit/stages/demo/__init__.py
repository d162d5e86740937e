"""``vibekit demo``: the whole chain on clips that are made on the spot; no key, no network.

Read in this order: ``corpus`` and ``named`` (what the clips are), ``make`` (files), ``chain`` (the stages, one
after the other), ``searches``, ``pictures``, ``command`` (the whole, and the page).
"""

from vibekit.stages.demo.command import DemoConfig, demo

__all__ = ["DemoConfig", "demo"]
