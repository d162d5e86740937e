"""The words of vibekit as frozen dataclasses: attribute, video, media, annotation. Standard library only."""
