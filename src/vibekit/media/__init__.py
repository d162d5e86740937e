"""From a file to frames, sound and measurements. The decoders are imported here and nowhere else."""
